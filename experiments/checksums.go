package experiments

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// checksums are those of all files in a stage's folder but its result.json and
// what only a resume reads, by name.
func checksums(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for _, e := range entries {
		name := e.Name()
		if !e.Type().IsRegular() || strings.HasPrefix(name, ".") || slices.Contains([]string{resultFile, stateFile, previousStateFile}, name) {
			continue
		}
		if sums[name], err = checksum(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// checksum is the SHA-256 of a file's content, in hex.
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
