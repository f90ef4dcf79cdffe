package knn

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/matrix/matrixtest"
)

// By hand: a star, whose centre is the nearest of each of four points about it and
// has the first of these as its own; and a line, far from the origin, of 0, 1, 2.5
// and 10. Three copies of one point are near each other, not themselves.
func TestOccurrences(t *testing.T) {
	for name, c := range map[string]struct {
		columns int
		values  []float32
		k       int
		want    []int
	}{
		"star":   {2, []float32{1, 0, 0, 1, 0, 0, -1, 0, 0, -1}, 1, []int{1, 0, 4, 0, 0}},
		"line":   {1, []float32{1000, 1001, 1002.5, 1010}, 1, []int{1, 2, 1, 0}},
		"two":    {1, []float32{1000, 1001, 1002.5, 1010}, 2, []int{2, 3, 3, 0}},
		"all":    {1, []float32{5, 7, 1}, 2, []int{2, 2, 2}},
		"copies": {2, []float32{3, 4, 3, 4, 3, 4, 9, 9}, 1, []int{3, 1, 0, 0}},
	} {
		got, err := Occurrences(t.Context(), matrixtest.Rows(t, c.columns, c.values...), c.k)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v (%v), want %v", name, got, err, c.want)
		}
	}
}

func TestOccurrencesRefuses(t *testing.T) {
	two := matrixtest.Rows(t, 1, 1, 2)
	for _, k := range []int{0, 2} {
		if _, err := Occurrences(t.Context(), two, k); err == nil || !strings.Contains(err.Error(), "fewer than there are") {
			t.Errorf("%d of 2: %v", k, err)
		}
	}
	if _, err := Occurrences(t.Context(), matrixtest.Rows(t, 1, 1, float32(math.NaN())), 1); err == nil || !strings.Contains(err.Error(), "feature 0 of image 1") {
		t.Errorf("NaN: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Occurrences(ended, two, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("after ctx ended: %v", err)
	}
}
