package vision

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
)

// archive is a tar.gz under way. It is read as a stream; what is done with a
// file goes by the layout's name for it, so no path or link of the archive's
// ever reaches the disk.
type archive struct {
	layouts []layout // those it can be in
	// each gets one of the six files, of size bytes.
	each func(l *layout, i int, size int64, r io.Reader) error

	layout *layout // the one it is in, from the first file on
	seen   [trainFiles + 1]bool
}

// read gives each the six files of one layout, once each in the archive's
// order. Errors of a file carry its name, and all the byte of the archive near
// which they are.
func (a *archive) read(ctx context.Context, r io.Reader) error {
	packed := &counter{r: r}
	if err := a.unpack(ctx, bufio.NewReaderSize(packed, 1<<18)); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			err = errors.New("the archive ends too early")
		}
		return fmt.Errorf("near byte %d: %w", packed.n, err)
	}
	if a.layout == nil {
		return fmt.Errorf("the archive has no file of CIFAR-10's, such as %s", a.layouts[0].files[0].name)
	}
	for i, f := range a.layout.files {
		if !a.seen[i] {
			return fmt.Errorf("the archive has no %s", f.name)
		}
	}
	return nil
}

// unpack reads the tar's entries, and the stream to its end, where gzip has
// its checksum.
func (a *archive) unpack(ctx context.Context, r io.Reader) error {
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("not a tar.gz: %w", err)
	}
	limited := &limit{r: unzipped, left: mostUnpacked(a.layouts)}
	entries := tar.NewReader(limited)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		entry, err := entries.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := a.entry(entry, entries); err != nil {
			return err
		}
	}
	_, err = io.Copy(io.Discard, limited)
	return err
}

// entry hands one of the six files on; it leaves any other alone.
func (a *archive) entry(entry *tar.Header, r io.Reader) error {
	name := path.Base(entry.Name)
	l, i := a.match(name)
	if l == nil {
		return nil
	}
	switch {
	case entry.Typeflag != tar.TypeReg:
		return fmt.Errorf("%s is a link or a folder, not a file", name)
	case a.layout != nil && a.layout != l:
		return fmt.Errorf("the archive has files of two layouts, %s among them", name)
	case a.seen[i]:
		return fmt.Errorf("the archive has %s twice", name)
	}
	a.layout, a.seen[i] = l, true
	err := l.checkSize(entry.Size)
	if err == nil {
		err = a.each(l, i, entry.Size, r)
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

// mostUnpacked is how many bytes are read of an unpacked archive: six files of
// the larger layout, and a MB for those that are not used.
func mostUnpacked(layouts []layout) int64 {
	var most int64
	for _, l := range layouts {
		_, file := l.sizes(l.records)
		most = max(most, file*int64(len(l.files)))
	}
	return most + 1<<20
}

// limit ends a stream with an error rather than unpack a few bytes into
// petabytes.
type limit struct {
	r    io.Reader
	left int64
}

func (l *limit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errors.New("the archive unpacks to far more than CIFAR-10 is")
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
