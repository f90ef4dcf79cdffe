package config

import (
	"fmt"
	"slices"
	"strings"
)

// nearest returns the name with the smallest edit distance to the written one,
// ignoring case; "" if none is close enough to be a typo.
func nearest(written string, names []string) string {
	best, bestDistance := "", 0
	for _, name := range slices.Sorted(slices.Values(names)) {
		if len(written) > 2*len(name)+2 {
			continue // too different, and expensive to compare
		}
		d := distance(strings.ToLower(written), strings.ToLower(name))
		if d <= max(1, len(name)/3) && (best == "" || d < bestDistance) {
			best, bestDistance = name, d
		}
	}
	return best
}

// distance is the optimal string alignment distance of a and b: the insertions,
// deletions, substitutions and swaps of neighbouring bytes between them.
func distance(a, b string) int {
	var before []int // the row for i-2 bytes of a
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := row[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			next[j] = min(replaced, row[j]+1, next[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

// didYouMean is the hint for an unknown name.
func didYouMean(written string, known []string) string {
	hint := "known: " + strings.Join(known, ", ")
	if name := nearest(written, known); name != "" {
		hint = fmt.Sprintf("did you mean %q? %s", name, hint)
	}
	return hint
}
