package stats

import (
	"math"
	"testing"
)

func TestTango(t *testing.T) {
	for _, test := range []struct {
		onlyA, onlyB, images int
		confidence           float64
		want                 Interval
		precision            float64
	}{
		// Fagerland, Lydersen and Laake, Statistics in Medicine 33, 2014: airway reactivity.
		{1, 7, 21, 0.95, Interval{-0.517, -0.026}, 0.0005},
		// PropCIs::scoreci.mp(41, 48, 549, 0.9).
		{48, 41, 549, 0.9, Interval{-0.0157, 0.0414}, 0.00005},
		// Likelihoods maximized by scipy's minimize_scalar, and the score solved by brentq.
		{3, 2, 400, 0.95, Interval{-0.0113888307, 0.0174098557}, 1e-8},
		{0, 5, 100, 0.95, Interval{-0.1117504718, -0.0111568277}, 1e-8},
		{1, 0, 12, 0.95, Interval{-0.1793685073, 0.3538799111}, 1e-8},
		// By hand, z²/(n + z²), since nobody is right alone.
		{0, 0, 12, 0.95, Interval{-0.2424940067, 0.2424940067}, 1e-9},
		{0, 0, 0, 0.95, Interval{-1, 1}, 0},
	} {
		got := Tango(test.onlyA, test.onlyB, test.images, test.confidence)
		if math.Abs(got.Low-test.want.Low) > test.precision || math.Abs(got.High-test.want.High) > test.precision {
			t.Errorf("%d and %d of %d: %v, want %v", test.onlyA, test.onlyB, test.images, got, test.want)
		}
		turned := Tango(test.onlyB, test.onlyA, test.images, test.confidence)
		if turned != (Interval{-got.High, -got.Low}) {
			t.Errorf("%d and %d of %d, turned round: %v, not %v", test.onlyB, test.onlyA, test.images, turned, got)
		}
	}
	for n := 1; n < 40; n++ { // the ends of the range
		if i := Tango(n, 0, n, 0.95); !(i.Low > -1 && i.Low < 1 && i.High == 1) {
			t.Errorf("all of %d: %v", n, i)
		}
	}
}
