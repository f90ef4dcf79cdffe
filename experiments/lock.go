package experiments

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// lockFile is locked by the process that works on a run directory, and names
// it.
const lockFile = ".lock"

// lock keeps a second process out of the run directory, which it makes if need
// be.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, lockFile)
	f := flock.New(path)
	held, err := f.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if !held {
		return nil, fmt.Errorf("%s is in use by %s\nwait for it to end, or use another --out", dir, holderIn(path))
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "process %d", os.Getpid()), 0o644); err != nil {
		return nil, errors.Join(err, f.Unlock())
	}
	return func() { _ = f.Unlock() }, nil
}

// holder says who works on a run directory, "" where nobody does. It changes
// nothing, not even where there is no lock file yet.
func holder(dir string) (string, error) {
	path := filepath.Join(dir, lockFile)
	f := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := f.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case free:
		return "", f.Unlock()
	default:
		return holderIn(path), nil
	}
}

// holderIn is who a locked file names.
func holderIn(path string) string {
	name, err := os.ReadFile(path)
	if err != nil || len(name) == 0 {
		return "another process"
	}
	return string(name)
}
