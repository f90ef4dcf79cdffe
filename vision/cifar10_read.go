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
func (c cifar10) read(ctx context.Context, at location) (*Dataset, error) {
	d := &Dataset{
		Name:    "cifar10",
		Classes: slices.Clone(cifarNames),
		Shape:   [3]int{3, 32, 32},
		Origin:  Modified,
		Source:  at.source(),
	}
	var err error
	var official bool
	if at.packed {
		d.Train, d.Test, official, err = c.readArchive(ctx, at.path)
	} else {
		d.Train, d.Test, official, err = at.layout.readFolder(ctx, at.path)
	}
	if err != nil {
		return nil, withRemedy(err, at)
	}
	if official {
		d.Origin = Official
	}
	d.Fingerprint = fingerprint(d.Train, d.Test)
	return d, nil
}

// withRemedy adds what to do about data that cannot be read.
func withRemedy(err error, at location) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w\nmake it readable, or name another copy with --data", err)
	case at.cached:
		return fmt.Errorf("%w\nremove %s and run again to download it, or name a copy with --data", err, at.path)
	default:
		return fmt.Errorf("%w\nget a whole copy of %s, or name another with --data", err, at.path)
	}
}

// readFolder reads a layout's six files, side by side.
func (l layout) readFolder(ctx context.Context, dir string) (train, test Split, official bool, err error) {
	for _, f := range l.files {
		if err := l.checkFile(filepath.Join(dir, f.name)); err != nil {
			return train, test, false, err
		}
	}
	train, test, parts := l.allocate()
	var sums [trainFiles + 1]string
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(min(runtime.GOMAXPROCS(0), len(parts)))
	for i, part := range parts {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			sums[i], err = l.readFile(filepath.Join(dir, l.files[i].name), part)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return train, test, false, err
	}
	return train, test, l.official(sums), nil
}

// checkFile says what is wrong with a file as far as that can be seen from
// outside.
func (l layout) checkFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a plain file", path)
	}
	if err := l.checkSize(info.Size()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// readFile reads one file into its part of a split and returns its MD5.
func (l layout) readFile(path string, part Split) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	sum := md5.New()
	if err := l.decode(io.TeeReader(f, sum), info.Size(), part.Labels, part.Pixels); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hexOf(sum), nil
}

// official says whether all six MD5s are those of the published files.
func (l layout) official(sums [trainFiles + 1]string) bool {
	for i, f := range l.files {
		if sums[i] != f.md5 {
			return false
		}
	}
	return true
}

// readArchive reads the six files of either layout from a tar.gz into memory.
func (c cifar10) readArchive(ctx context.Context, path string) (train, test Split, official bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return train, test, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return train, test, false, err
	}
	if most := mostUnpacked(c.layouts); info.Size() > most {
		return train, test, false, fmt.Errorf("%s: the file has %d bytes; an archive of CIFAR-10 has fewer than %d", path, info.Size(), most)
	}
	whole := md5.New()
	if _, err := io.Copy(whole, f); err != nil {
		return train, test, false, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return train, test, false, fmt.Errorf("%s: %w", path, err)
	}
	train, test, l, sums, err := c.decodeArchive(ctx, f)
	if err != nil {
		return train, test, false, fmt.Errorf("%s: %w", path, err)
	}
	return train, test, hexOf(whole) == l.archiveMD5 || l.official(sums), nil
}

// decodeArchive also returns the archive's layout and its files' MD5s.
func (c cifar10) decodeArchive(ctx context.Context, r io.Reader) (train, test Split, l *layout, sums [trainFiles + 1]string, err error) {
	var parts [trainFiles + 1]Split
	a := archive{layouts: c.layouts}
	a.each = func(l *layout, i int, size int64, r io.Reader) error {
		if parts[0].Len() == 0 {
			train, test, parts = l.allocate()
		}
		sum := md5.New()
		err := l.decode(io.TeeReader(r, sum), size, parts[i].Labels, parts[i].Pixels)
		sums[i] = hexOf(sum)
		return err
	}
	err = a.read(ctx, r)
	return train, test, a.layout, sums, err
}

func hexOf(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)) }
