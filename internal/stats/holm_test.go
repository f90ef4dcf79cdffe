package stats

import (
	"slices"
	"testing"
)

// By hand, of three: 3 x 0.01, 2 x 0.04, and 0.05, which is raised to that.
func TestHolm(t *testing.T) {
	if got := Holm([]float64{0.05, 0.01, 0.04}); !slices.EqualFunc(got, []float64{0.08, 0.03, 0.08}, equal) {
		t.Errorf("adjusted to %v", got)
	}
	for _, c := range readOracles(t).Holm {
		if got := Holm(c.P); !slices.EqualFunc(got, c.Adjusted, equal) {
			t.Errorf("%v: adjusted to %v, not %v", c.P, got, c.Adjusted)
		}
	}
	if got := Holm(nil); len(got) != 0 {
		t.Errorf("nothing is adjusted to %v", got)
	}
}

func equal(a, b float64) bool { return near(a, b, 1e-10) }
