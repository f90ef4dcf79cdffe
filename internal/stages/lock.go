package stages

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// This file keeps processes that share a run directory apart. Each stage has a
// lock: exclusive for the process that makes it, shared for those that read its
// result; so different processes can make different stages of one run. The
// locks live outside the stages' folders, which are renamed when a result is
// set aside. A lock file names its last exclusive holder, and stays: removing it
// would let two processes hold locks of one name.

// locksFolder is in the run directory.
const locksFolder = ".locks"

// ReportLock guards what is written beside the stages: the definition, the
// results and what is made from them.
const ReportLock = "report"

// Lock locks every stage in make exclusively and every stage in read shared,
// and the report if asked to. It never waits: if another process holds one of
// them, none is locked and the error names it.
func (d *Dir) Lock(make, read []*Stage, report bool) (unlock func(), err error) {
	var held []*flock.Flock
	unlock = func() {
		for _, f := range held {
			_ = f.Unlock()
		}
	}
	lock := func(name string, exclusive bool) error {
		f, err := d.lock(name, exclusive)
		if err == nil {
			held = append(held, f)
		}
		return err
	}
	inUse := &InUseError{Dir: d.Path}
	try := func(name string, exclusive bool) {
		var taken *InUseError
		switch e := lock(name, exclusive); {
		case errors.As(e, &taken):
			inUse.Parts, inUse.Holder = append(inUse.Parts, name), taken.Holder
		default:
			err = errors.Join(err, e)
		}
	}
	for _, s := range make {
		try(s.Name, true)
	}
	for _, s := range read {
		try(s.Name, false)
	}
	if report {
		try(ReportLock, true)
	}
	if err == nil && len(inUse.Parts) > 0 {
		err = inUse
	}
	if err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

func (d *Dir) lock(name string, exclusive bool) (*flock.Flock, error) {
	path := filepath.Join(d.Path, locksFolder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f := flock.New(path)
	try := f.TryRLock
	if exclusive {
		try = f.TryLock
	}
	ok, err := try()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock %s of %s: %w", name, d.Path, err)
	case !ok:
		return nil, &InUseError{Dir: d.Path, Parts: []string{name}, Holder: holderIn(path)}
	}
	if !exclusive {
		return f, nil
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "process %d on %s", os.Getpid(), hostname()), 0o644); err != nil {
		return nil, errors.Join(err, f.Unlock())
	}
	return f, nil
}

// InUseError says that another process works on parts of a run directory.
type InUseError struct {
	Dir string
	// Parts are stages' names, or ReportLock.
	Parts []string
	// Holder is "process 17 on HOST", that of the last part.
	Holder string
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("%s is in use by %s: %s\nwait for it to end, or pass another --out", e.Dir, e.Holder, strings.Join(e.Parts, ", "))
}

// Holders says who works on a run directory, one line per locked part. It
// changes nothing.
func Holders(dir string) ([]string, error) {
	root := filepath.Join(dir, locksFolder)
	var holders []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == root {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		f := flock.New(path, flock.SetFlag(os.O_RDONLY))
		free, err := f.TryRLock()
		if err != nil {
			return err
		}
		if free {
			return f.Unlock()
		}
		name, err := filepath.Rel(root, path)
		holders = append(holders, fmt.Sprintf("%s works on %s", holderIn(path), filepath.ToSlash(name)))
		return err
	})
	return holders, err
}

// holderIn is the process that a lock file names.
func holderIn(path string) string {
	name, err := os.ReadFile(path)
	if err != nil || len(name) == 0 {
		return "another process"
	}
	return string(name)
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "an unknown host"
	}
	return name
}
