package experiments

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// holder says who works on the run directory, "" where nobody does. It changes
// nothing, so that a directory can be asked that may not be written.
func holder(dir string) (string, error) {
	path := filepath.Join(dir, ".lock")
	f := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := f.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case free:
		return "", f.Unlock()
	}
	by, err := os.ReadFile(path)
	if err != nil || len(by) == 0 {
		return "another process", nil
	}
	return string(by), nil
}
