package stages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"aeprobe/internal/fingerprint"
	"aeprobe/internal/words"
)

// shownDifferences is how many differences of one kind are listed.
const shownDifferences = 5

// A Tally counts differences of one kind, of which there may be millions, and
// keeps the first few.
type Tally struct {
	shown []string
	count int
}

// Add counts one.
func (t *Tally) Add(format string, args ...any) {
	if t.count++; t.count <= shownDifferences {
		t.shown = append(t.shown, fmt.Sprintf(format, args...))
	}
}

// List is the first differences, and how many more there are.
func (t *Tally) List() []string {
	if more := t.count - len(t.shown); more > 0 {
		return append(t.shown, fmt.Sprintf("and %d more like these", more))
	}
	return t.shown
}

// ValueDifferences are the stored values that differ from the recomputed ones,
// as many, by more than a tolerance relative to the largest. name says what the
// i-th value is.
func ValueDifferences(kept, recomputed []float64, tolerance float64, name func(i int) string) []string {
	var largest float64
	for _, x := range recomputed {
		largest = max(largest, math.Abs(x))
	}
	var all Tally
	for i := range recomputed {
		if !(math.Abs(kept[i]-recomputed[i]) <= tolerance*largest) {
			all.Add("%s is kept as %g, recomputed as %g", name(i), kept[i], recomputed[i])
		}
	}
	return all.List()
}

// TextDifference says where two texts first differ.
func TextDifference(kept, want []byte) string {
	at := 0
	for at < min(len(kept), len(want)) && kept[at] == want[at] {
		at++
	}
	line := bytes.Count(want[:at], []byte("\n"))
	start := bytes.LastIndexByte(want[:at], '\n') + 1
	const before, after = 30, 30
	start = max(start, at-before)
	excerpt := func(text []byte) string {
		piece, _, _ := strings.Cut(string(text[start:min(len(text), at+after)]), "\n")
		return piece
	}
	return fmt.Sprintf("line %d is kept as %q, and should be %q", line+1, excerpt(kept), excerpt(want))
}

// JSONDifferences are the fields in which two values, objects as JSON, differ.
func JSONDifferences(kept, want any) ([]string, error) {
	was, err := json.Marshal(kept)
	if err != nil {
		return nil, err
	}
	is, err := json.Marshal(want)
	if err != nil {
		return nil, err
	}
	fields, err := fingerprint.Differences(was, is)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, f := range fields {
		all = append(all, fmt.Sprintf("%s is kept as %s, and should be %s", f.Path, words.Short(f.Was), words.Short(f.Is)))
	}
	return all, nil
}
