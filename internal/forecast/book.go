// Package forecast says how long the stages of a run will take, from how long like
// ones took on this machine.
//
// The rules: what was measured is never mixed with what is only estimated. Two
// stages are alike if all that decides their results is the same but for seeds,
// learning rates, epochs, and the fingerprints of what they read.
package forecast

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"aeprobe/internal/atomicfile"
)

// Speed is how fast something was.
type Speed struct {
	// Seconds that an epoch with its test took, or the whole stage where it trains
	// nothing.
	Seconds float64 `json:"seconds"`
	// FLOPS are floating-point operations a second of a training; 0 if unknown.
	FLOPS float64   `json:"flops,omitempty"`
	At    time.Time `json:"at"`
}

// A Book keeps speeds in a file of the user's cache. A nil Book knows none. It is
// safe for concurrent use. Processes that write at once may lose an entry.
type Book struct {
	path string
	mu   sync.Mutex
}

// mostEntries are kept, the newest.
const mostEntries = 2000

// Open is the book in a file, which need not exist.
func Open(path string) *Book { return &Book{path: path} }

// Speed is what was noted last under a key.
func (b *Book) Speed(key string) (Speed, bool) {
	if b == nil {
		return Speed{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	entries, _ := b.read() // without it there is an estimate
	s, has := entries[key]
	return s, has
}

// Note keeps speeds, by key.
func (b *Book) Note(speeds map[string]Speed) error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	entries, err := b.read()
	if err != nil {
		entries = map[string]Speed{} // a damaged cache is begun again
	}
	maps.Copy(entries, speeds)
	if extra := len(entries) - mostEntries; extra > 0 {
		keys := slices.SortedFunc(maps.Keys(entries), func(x, y string) int {
			return cmp.Or(entries[x].At.Compare(entries[y].At), cmp.Compare(x, y))
		})
		for _, key := range keys[:extra] {
			delete(entries, key)
		}
	}
	text, err := json.Marshal(entries)
	if err != nil {
		return fmt.Errorf("%s: %w", b.path, err)
	}
	if err := os.MkdirAll(filepath.Dir(b.path), 0o755); err != nil {
		return err
	}
	return atomicfile.WriteBytes(b.path, text)
}

func (b *Book) read() (map[string]Speed, error) {
	entries := map[string]Speed{}
	text, err := os.ReadFile(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return entries, nil
	}
	if err != nil {
		return entries, err
	}
	return entries, json.Unmarshal(text, &entries)
}
