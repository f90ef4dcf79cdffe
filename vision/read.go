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

	"golang.org/x/sync/errgroup"
)

// read reads what was located. Its errors name the file and say what to do.
func (s source) read(ctx context.Context, at location) (*Dataset, error) {
	var d *Dataset
	var official bool
	var err error
	if at.packed {
		d, official, err = s.readArchive(ctx, at.path)
	} else {
		d, official, err = s.readFolder(ctx, at.layout, at.path)
	}
	if err != nil {
		return nil, withRemedy(err, at)
	}
	d.Source, d.Origin = at.source(), Modified
	if official {
		d.Origin = Official
	}
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
func (s source) readFolder(ctx context.Context, l layout, dir string) (d *Dataset, official bool, err error) {
	for _, f := range l.files {
		if err := f.check(filepath.Join(dir, f.name)); err != nil {
			return nil, false, err
		}
	}
	d = s.empty()
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
		return nil, false, err
	}
	return d, l.official(sums), nil
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
func (s source) readArchive(ctx context.Context, path string) (d *Dataset, official bool, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", path, s.refuseSingle(path, err))
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return nil, false, errors.Unwrap(err) // without the path
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, false, errors.Unwrap(err)
	}
	if most := mostUnpacked(s.layouts); info.Size() > most {
		return nil, false, fmt.Errorf("the file has %d bytes; an archive of %s has fewer than %d", info.Size(), s.title, most)
	}
	sum := md5.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, false, err
	}
	d, l, sums, err := s.decodeArchive(ctx, f, info.Size())
	if err != nil {
		return nil, false, err
	}
	return d, hexOf(sum) == l.archiveMD5 || l.official(sums), nil
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
