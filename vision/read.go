package vision

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// read reads what was located. Its errors name the file and say what to do.
func (s source) read(ctx context.Context, at location) (*Dataset, error) {
	var d *Dataset
	var err error
	if at.packed {
		d, err = s.readArchive(ctx, at.path)
	} else {
		d, err = s.readFolder(ctx, s.same(at.layout), at.path)
	}
	if err != nil {
		return nil, withRemedy(err, at)
	}
	d.Source = at.source()
	d.Fingerprint = d.fingerprint()
	return d, nil
}

// withRemedy adds what to do about data that cannot be read.
func withRemedy(err error, at location) error {
	wrong, isWrong := errors.AsType[*refusal](err)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w\nmake it readable, or name another copy with --data", err)
	case at.cached:
		return fmt.Errorf("%w\nremove %s and run again to download it, or name a copy with --data", err, at.path)
	case isWrong:
		return fmt.Errorf("%w\n%s", err, wrong.remedy)
	default:
		return fmt.Errorf("%w\nget a whole copy of %s, or name another with --data", err, at.path)
	}
}

// readFolder reads a layout's files, side by side.
func (s source) readFolder(ctx context.Context, l layout, dir string) (*Dataset, error) {
	l, err := l.counted(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range l.files {
		if err := f.check(filepath.Join(dir, f.name)); err != nil {
			return nil, err
		}
	}
	d := s.empty()
	l.allocate(d)
	sums := make([]string, len(l.files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(min(runtime.GOMAXPROCS(0), len(l.files)))
	for i, f := range l.files {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			sums[i], err = f.read(filepath.Join(dir, f.name), f.in(d))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	d.Origin = l.origin(sums)
	return d, s.checkIsNoOther(l, sums)
}

// same is the layout of the set, or of a part of it, that has the kind and folder
// of one that was located.
func (s source) same(l layout) layout {
	for _, own := range s.layouts {
		if own.kind == l.kind && own.folder == l.folder {
			return own
		}
	}
	return l
}

// checkIsNoOther refuses files that are exactly another set's: some sets' have the
// same names.
func (s source) checkIsNoOther(l layout, sums []string) error {
	for _, other := range s.others() {
		for _, theirs := range other.layouts {
			i := slices.IndexFunc(theirs.files, func(f file) bool { return f.md5 != "" && f.md5 == sums[0] && f.name == l.files[0].name })
			if i >= 0 {
				return &refusal{fmt.Sprintf("this is %s, not %s", other.title, s.title), s.instead(other)}
			}
		}
	}
	return nil
}

// counted is the layout with the numbers of images that its files in a folder
// say they have, which may be fewer than the set's.
func (l layout) counted(dir string) (layout, error) {
	l.files = slices.Clone(l.files)
	images := map[split]int{}
	for i := range l.files {
		f := &l.files[i]
		if f.format.count == nil {
			continue
		}
		path := filepath.Join(dir, f.name)
		n, err := f.counted(path)
		if err != nil {
			return l, err
		}
		if n < 1 || n > f.to {
			return l, fmt.Errorf("%s has %d images; there are 1 to %d in the set's", path, n, f.to)
		}
		if others, seen := images[f.split]; seen && n != others {
			return l, fmt.Errorf("%s has %d images or labels, and %d belong together", path, n, others)
		}
		images[f.split], f.to = n, n
	}
	return l, nil
}

func (f file) counted(path string) (int, error) {
	if is, err := isFile(path); err == nil && !is {
		return 0, f.check(path)
	}
	r, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return 0, err
	}
	n, err := f.format.count(r, info.Size())
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

// check says what is wrong with a file as far as that can be seen from outside.
func (f file) check(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a plain file", path)
	}
	if err := f.checkSize(info.Size()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// read reads a file into its part of a split and returns its MD5.
func (f file) read(path string, part Split) (string, error) {
	r, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return "", err
	}
	sum := md5.New()
	if err := f.format.decode(io.TeeReader(r, sum), info.Size(), part); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hexOf(sum), nil
}

// readArchive reads the files of any layout from an archive into memory.
func (s source) readArchive(ctx context.Context, path string) (d *Dataset, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", path, s.refuseSingle(path, err))
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err) // without the path
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	if most := s.mostPacked(); info.Size() > most {
		return nil, fmt.Errorf("the file has %d bytes; an archive of %s has fewer than %d", info.Size(), s.title, most)
	}
	sum := md5.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, err
	}
	d, l, sums, err := s.decodeArchive(ctx, f, info.Size())
	if err != nil {
		return nil, err
	}
	if d.Origin = l.origin(sums); hexOf(sum) == l.archiveMD5 {
		d.Origin = Official
	}
	return d, s.checkIsNoOther(*l, sums)
}

// refuseSingle is for a user who named one of the set's files: it wants all.
func (s source) refuseSingle(path string, err error) error {
	_, refused := errors.AsType[*refusal](err)
	for _, l := range s.layouts {
		for _, f := range l.files {
			if refused && f.name == filepath.Base(path) {
				return &refusal{fmt.Sprintf("this is one of %s's %d files", s.title, len(l.files)),
					fmt.Sprintf("name their folder with --data: %s", filepath.Dir(path))}
			}
		}
	}
	return err
}

// decodeArchive also returns the archive's layout and its files' MD5s.
func (s source) decodeArchive(ctx context.Context, r io.ReaderAt, size int64) (*Dataset, *layout, []string, error) {
	d := s.empty()
	var sums []string
	a := archive{of: s, layouts: s.layouts}
	a.each = func(l *layout, i int, size int64, r io.Reader) error {
		if sums == nil {
			l.allocate(d)
			sums = make([]string, len(l.files))
		}
		sum := md5.New()
		err := l.files[i].format.decode(io.TeeReader(r, sum), size, l.files[i].in(d))
		sums[i] = hexOf(sum)
		return err
	}
	if err := a.read(ctx, r, size); err != nil {
		return nil, nil, nil, err
	}
	return d, a.layout, sums, nil
}

func hexOf(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)) }
