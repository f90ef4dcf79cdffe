package stages

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Checkpoints only a resume reads; they are no part of a result.
var checkpoints = []string{"state.safetensors", "state.previous.safetensors"}

// checksums are those of the files in a stage's folder, by name, except its
// result and checkpoints: of all files, or of the keys of wrote if there are
// any.
func checksums(dir string, wrote map[string]string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for _, e := range entries {
		name := e.Name()
		if !e.Type().IsRegular() || strings.HasPrefix(name, ".") || name == ResultFile || slices.Contains(checkpoints, name) {
			continue
		}
		if _, ours := wrote[name]; len(wrote) > 0 && !ours {
			continue
		}
		if sums[name], err = checksum(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// checksum is the SHA-256 of a file, in hex.
func checksum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// missing lists the files of a result that are not in its folder as they were
// written.
func (r *Result) missing(dir string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		sum, err := checksum(filepath.Join(dir, filepath.Base(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			all = append(all, name+" is missing")
		case err != nil:
			all = append(all, err.Error())
		case sum != r.Files[name]:
			all = append(all, fmt.Sprintf("%s has SHA-256 %.12s, was written with %.12s", name, sum, r.Files[name]))
		}
	}
	return all
}

// removeFilesNotIn removes the files of r that are still as they were written
// and that another result of the same folder does not have.
func (r *Result) removeFilesNotIn(other *Result, dir string) error {
	for name, was := range r.Files {
		path := filepath.Join(dir, filepath.Base(name))
		if _, stays := other.Files[name]; stays {
			continue
		}
		if sum, err := checksum(path); err != nil || sum != was {
			continue // gone, or somebody else's by now
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
