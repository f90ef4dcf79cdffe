package stages

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"aeprobe/internal/lock"
	"aeprobe/internal/metrics"
)

// This file keeps processes that share a run directory apart. Each stage has a
// lock: exclusive for the process that makes it, shared for those that read its
// result; so different processes can make different stages of one run. The
// locks live outside the stages' folders, which are renamed when a result is
// set aside.

// locksFolder is in the run directory.
const locksFolder = ".locks"

// ReportLock guards what is written beside the stages: the definition, the
// results and what is made from them.
const ReportLock = "report"

// Lock locks every stage in make exclusively and every stage in read shared,
// and the report if asked to. It does not wait for another process that holds one
// of them, except for one that is only looking: none is locked then, and the error
// names it.
func (d *Dir) Lock(make, read []*Stage, report bool) (unlock func(), err error) {
	unlock, err = d.tryLock(make, read, report)
	if _, inUse := errors.AsType[*InUseError](err); inUse {
		time.Sleep(lock.Glance)
		return d.tryLock(make, read, report)
	}
	return unlock, err
}

func (d *Dir) tryLock(make, read []*Stage, report bool) (unlock func(), err error) {
	var held []*lock.Lock
	unlock = func() {
		for _, l := range held {
			_ = l.Unlock()
		}
	}
	inUse := &InUseError{Dir: d.Path}
	try := func(name string, exclusive bool) {
		var taken *lock.HeldError
		switch l, e := lock.Try(d.lockFile(name), exclusive); {
		case e == nil:
			held = append(held, l)
		case errors.As(e, &taken):
			inUse.Parts, inUse.Holder, inUse.Remedy = append(inUse.Parts, name), taken.Holder, taken.Remedy
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
	d.warnOfClaims(held)
	return unlock, nil
}

func (d *Dir) lockFile(name string) string {
	return filepath.Join(d.Path, locksFolder, filepath.FromSlash(name))
}

// warnOfClaims says once that the file system has no locks of its own.
func (d *Dir) warnOfClaims(held []*lock.Lock) {
	if d.Events != nil && slices.ContainsFunc(held, func(l *lock.Lock) bool { return l.Claimed }) {
		d.Events(metrics.Event{Kind: metrics.Warning, Message: fmt.Sprintf("the file system of %s has no flock: claims take its place, "+
			"which a killed process leaves behind (on Lustre, mount with -o flock)", d.Path)})
	}
}

// InUseError says that another process works on parts of a run directory.
type InUseError struct {
	Dir string
	// Parts are stages' names, or ReportLock.
	Parts []string
	// Holder is "process 17 on HOST", that of the last part, and Remedy what to do
	// if it may be gone, or empty.
	Holder, Remedy string
}

func (e *InUseError) Error() string {
	remedy := "wait for it to end, or pass another --out"
	if e.Remedy != "" {
		remedy += "; " + e.Remedy
	}
	return fmt.Sprintf("%s is in use by %s: %s\n%s", e.Dir, e.Holder, strings.Join(e.Parts, ", "), remedy)
}

// Holders says who works on a run directory, one line per locked part. It
// changes nothing.
func Holders(dir string) ([]string, error) {
	holds, err := Holds(dir)
	var holders []string
	for _, h := range holds {
		holders = append(holders, fmt.Sprintf("%s works on %s", h.Holder, h.Part))
	}
	return holders, err
}

// A Hold is a part of a run directory that a process has locked for itself.
type Hold struct {
	// Part is a stage's name, or ReportLock.
	Part string
	// Holder is "process 17 on HOST".
	Holder string
	// Since is when the process took the lock.
	Since time.Time
}

// Holds are the exclusive locks of a run directory, by part. It changes nothing.
func Holds(dir string) ([]Hold, error) {
	root := filepath.Join(dir, locksFolder)
	var holds []Hold
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == root {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a claim that has just been given up
		}
		if err != nil {
			return err
		}
		since := info.ModTime()
		if strings.HasSuffix(path, lock.ClaimSuffix) {
			path = strings.TrimSuffix(path, lock.ClaimSuffix)
			if _, err := os.Stat(path); err == nil {
				return nil // the lock's own turn comes
			}
		} else if claimed, err := os.Stat(path + lock.ClaimSuffix); err == nil {
			since = claimed.ModTime()
		}
		holder, err := lock.Holder(path)
		if err != nil || holder == "" {
			return err
		}
		name, err := filepath.Rel(root, path)
		holds = append(holds, Hold{Part: filepath.ToSlash(name), Holder: holder, Since: since})
		return err
	})
	return holds, err
}
