package torch

import (
	"context"
	"slices"
	"testing"

	"aeprobe/internal/matrix"
)

// Whole numbers, whose products are exact: (i, 1) times (j, 2) is i j + 2.
func TestEachProduct(t *testing.T) {
	const n, m = productRows + 3, 4
	a, b := matrix.New(n, 2), matrix.New(m, 2)
	for i := range n {
		copy(a.Row(i), []float32{float32(i), 1})
	}
	for j := range m {
		copy(b.Row(j), []float32{float32(j), 2})
	}
	next := 0
	err := EachProduct(t.Context(), a, b, func(first int, rows matrix.Matrix) error {
		if first != next {
			t.Errorf("rows from %d on come after those up to %d", first, next)
		}
		for i := range rows.Rows() {
			x := float32(first + i)
			if want := []float32{2, x + 2, 2*x + 2, 3*x + 2}; !slices.Equal(rows.Row(i), want) {
				t.Fatalf("row %d is %v, want %v", first+i, rows.Row(i), want)
			}
		}
		next = first + rows.Rows()
		return nil
	})
	if err != nil || next != n {
		t.Errorf("%d of %d rows (%v)", next, n, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := EachProduct(ended, a, b, nil); err != context.Canceled {
		t.Errorf("after ctx ended: %v", err)
	}
}
