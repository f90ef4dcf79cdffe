package vision

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
)

// archive is a tar.gz, tar or zip under way. A file in it goes to each by the
// layout's name for it, so no path or link of the archive's ever reaches the
// disk.
type archive struct {
	of      source
	layouts []layout // those it can be in
	// each gets the layout's files, of size bytes.
	each func(l *layout, i int, size int64, r io.Reader) error

	layout *layout // the one it is in, from the first file on
	seen   []bool
	others map[string]source // other sets, by the first file of each layout
	other  *source           // one of these, once its file is met
}

// read gives each the files of one layout, once each in the archive's order.
// r has size bytes. Errors of a file carry its name, and those of a tar the
// byte near which they are.
func (a *archive) read(ctx context.Context, r io.ReaderAt, size int64) error {
	is, err := kindOf(r, a.of.expected())
	if err != nil {
		return err
	}
	a.others = firstFiles(a.of.others())
	if is == zipped {
		err = a.readZip(ctx, r, size)
	} else {
		err = a.readTar(ctx, io.NewSectionReader(r, 0, size), is == gzipped)
	}
	if err != nil {
		return err
	}
	return a.complete()
}

// complete says what is missing.
func (a *archive) complete() error {
	switch {
	case a.layout == nil && a.other != nil:
		return &refusal{fmt.Sprintf("this is %s, not %s", a.other.title, a.of.title), a.of.instead(*a.other)}
	case a.layout == nil:
		return &refusal{fmt.Sprintf("the archive has no file of %s's, such as %s", a.of.title, a.layouts[0].files[0].name),
			a.of.expected()}
	}
	for i, f := range a.layout.files {
		if !a.seen[i] {
			return fmt.Errorf("the archive has no %s", f.name)
		}
	}
	return nil
}

// firstFiles are sets by the first file of each layout.
func firstFiles(of []source) map[string]source {
	names := map[string]source{}
	for _, s := range of {
		for _, l := range s.layouts {
			if l.archive != "" {
				names[l.files[0].name] = s
			}
		}
	}
	return names
}

func (a *archive) readTar(ctx context.Context, r io.Reader, gzipped bool) error {
	packed := &counter{r: r}
	err := a.unpackTar(ctx, bufio.NewReaderSize(packed, 1<<18), gzipped)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = errors.New("the archive ends too early")
	}
	if err != nil {
		return fmt.Errorf("near byte %d: %w", packed.n, err)
	}
	return nil
}

// unpackTar reads the tar's entries, and the stream to its end, where gzip has
// its checksum.
func (a *archive) unpackTar(ctx context.Context, r io.Reader, gzipped bool) error {
	if gzipped {
		unzipped, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		r = unzipped
	}
	limited := a.limit(r)
	entries := tar.NewReader(limited)
	for first := true; ; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		entry, err := entries.Next()
		if err == io.EOF {
			break
		}
		if first && errors.Is(err, tar.ErrHeader) {
			return &refusal{"there is no tar in this gzip file", downloadAgain}
		}
		if err != nil {
			return err
		}
		if err := a.entry(entry.Name, entry.Typeflag == tar.TypeReg, entry.Size, entries); err != nil {
			return err
		}
	}
	_, err := io.Copy(io.Discard, limited)
	return err
}

func (a *archive) readZip(ctx context.Context, r io.ReaderAt, size int64) error {
	entries, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("the zip is cut short or damaged: %w", err)
	}
	for _, entry := range entries.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.zipEntry(entry); err != nil {
			return err
		}
	}
	return nil
}

func (a *archive) zipEntry(entry *zip.File) error {
	if l, _ := a.match(path.Base(entry.Name)); l == nil {
		return a.entry(entry.Name, false, 0, nil)
	}
	r, err := entry.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", path.Base(entry.Name), err)
	}
	defer r.Close()
	limited := a.limit(r)
	if err := a.entry(entry.Name, entry.Mode().IsRegular(), int64(entry.UncompressedSize64), limited); err != nil {
		return err
	}
	// At its end is the checksum.
	if _, err := io.Copy(io.Discard, limited); err != nil {
		return fmt.Errorf("%s: %w", path.Base(entry.Name), err)
	}
	return nil
}

// entry hands one of the set's files on; it leaves any other alone.
func (a *archive) entry(name string, plain bool, size int64, r io.Reader) error {
	name = path.Base(name)
	l, i := a.match(name)
	if l == nil {
		if other, ok := a.others[name]; ok {
			a.other = &other
		}
		return nil
	}
	if a.layout == nil {
		a.layout, a.seen = l, make([]bool, len(l.files))
	}
	switch {
	case !plain:
		return fmt.Errorf("%s is a link or a folder, not a file", name)
	case a.layout != l:
		return fmt.Errorf("the archive has files of two layouts, %s among them", name)
	case a.seen[i]:
		return fmt.Errorf("the archive has %s twice", name)
	}
	a.seen[i] = true
	err := l.files[i].checkSize(size)
	if err == nil {
		err = a.each(l, i, size, r)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// match is the layout that has a file of this name, and the file's number.
func (a *archive) match(name string) (*layout, int) {
	for n := range a.layouts {
		for i, f := range a.layouts[n].files {
			if f.name == name {
				return &a.layouts[n], i
			}
		}
	}
	return nil, 0
}

// mostPacked is how many bytes an archive of the set has, at most.
func (s source) mostPacked() int64 { return max(s.unpacked(), s.download.size) }

// mostUnpacked is how many bytes are read of an unpacked archive: the files of
// the largest layout, and a MB for those that are not used.
func mostUnpacked(layouts []layout) int64 {
	var most int64
	for _, l := range layouts {
		var sum int64
		for _, f := range l.files {
			_, size := f.format.sizes(f.to - f.from)
			sum += size
		}
		most = max(most, sum)
	}
	return most + 1<<20
}

func (a *archive) limit(r io.Reader) *limit {
	return &limit{r: r, reason: fmt.Sprintf("the archive unpacks to far more than %s is", a.of.title), left: a.of.unpacked()}
}

// limit ends a stream with an error rather than unpack a few bytes into
// petabytes.
type limit struct {
	r      io.Reader
	reason string
	left   int64
}

func (l *limit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errors.New(l.reason)
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// counter counts the bytes read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
