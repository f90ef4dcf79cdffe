package stages

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// locks are what lies in a run directory from its first moment on: the locks,
// and the one lock of earlier versions.
var locks = []string{locksFolder, ".lock"}

// IsNew reports whether a run directory is missing, empty, or holds nothing but
// the locks of a run that did not start.
func IsNew(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return slices.Contains(locks, e.Name()) })
	return err == nil && len(entries) == 0, err
}

// CheckOwnership refuses a run directory that aeprobe did not make, unless it
// is missing or empty: a run would overwrite the files of whoever did.
func CheckOwnership(dir string) error {
	if isNew, err := IsNew(dir); err != nil || isNew {
		return err
	}
	for _, mark := range locks {
		if _, err := os.Lstat(filepath.Join(dir, mark)); err == nil {
			return nil
		}
	}
	// A copied run may have lost its hidden files.
	if states, err := filepath.Glob(filepath.Join(dir, "*/*", checkpoints[0])); err != nil || len(states) > 0 {
		return err
	}
	for _, pattern := range []string{"*", "*/*"} {
		results, err := filepath.Glob(filepath.Join(dir, pattern, ResultFile))
		if err != nil {
			return err
		}
		for _, path := range results {
			if r, err := ReadResult(filepath.Dir(path)); err == nil && r.Stage != "" && r.Fingerprint != "" {
				return nil
			}
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries[:min(3, len(entries))] {
		names = append(names, e.Name())
	}
	return fmt.Errorf("%s is not empty, and aeprobe did not make it (it holds %s): a run could overwrite your files\n"+
		"pass another --out", dir, strings.Join(names, ", "))
}
