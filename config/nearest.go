package config

import (
	"fmt"
	"slices"
	"strings"
)

// nearest returns the name that takes the fewest edits to reach from what was
// written, letter case aside; "" when none is near enough to be what was meant.
func nearest(written string, names []string) string {
	best, bestDistance := "", 0
	for _, name := range slices.Sorted(slices.Values(names)) {
		if len(written) > 2*len(name)+2 {
			continue // nothing like it, and too long to compare for free
		}
		d := levenshtein(strings.ToLower(written), strings.ToLower(name))
		if d <= 1+len(name)/2 && d < len(name) && (best == "" || d < bestDistance) {
			best, bestDistance = name, d
		}
	}
	return best
}

// levenshtein counts the insertions, deletions and replacements of bytes that
// make a into b.
func levenshtein(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// didYouMean is the hint for a name that isn't among the known ones.
func didYouMean(written string, known []string) string {
	hint := "known: " + strings.Join(known, ", ")
	if name := nearest(written, known); name != "" {
		hint = fmt.Sprintf("did you mean %q? %s", name, hint)
	}
	return hint
}
