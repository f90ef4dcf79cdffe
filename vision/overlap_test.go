package vision

import (
	"context"
	"errors"
	"testing"
)

// TestOverlap counts equal images, and no others.
func TestOverlap(t *testing.T) {
	split := func(size int, pixels ...byte) Split {
		return Split{Pixels: pixels, Labels: make([]byte, len(pixels)/size)}
	}
	others := split(2, 1, 2, 3, 4, 1, 2)
	for name, c := range map[string]struct {
		images Split
		want   int
	}{
		"one, twice, and one":  {split(2, 1, 2, 9, 9, 1, 2, 3, 4), 3},
		"across two images":    {split(2, 2, 3, 4, 1), 0},
		"another shape":        {split(1, 1, 2, 3, 4), 0},
		"none":                 {Split{}, 0},
		"the others, in parts": {others.First(2), 2},
	} {
		if n, err := Overlap(t.Context(), c.images, others); err != nil || n != c.want {
			t.Errorf("%s: %d are among the others, %v, want %d", name, n, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Overlap(ctx, others, others); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
}
