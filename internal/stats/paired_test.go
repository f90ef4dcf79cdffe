package stats

import (
	"math"
	"testing"
)

// scored compares a with b over parts.
func scored(a, b []float64) (Comparison, error) {
	return CompareScores([][]float64{a}, [][]float64{b}, "fold")
}

// The oracles are scipy's ttest_rel, permutation_test and t.interval.
func TestPaired(t *testing.T) {
	for _, c := range readOracles(t).Paired {
		got, err := scored(c.A, c.B)
		if err != nil || !near(got.DecidingP, c.P, 1e-8) || got.Deciding != "paired t over folds" || got.Parts != len(c.A) || math.Signbit(got.Difference) != math.Signbit(c.T) {
			t.Errorf("%d pairs: %+v, not p %v (%v)", len(c.A), got, c.P, err)
		}
		d, err := difference(c.A, c.B)
		if p := signFlip(d, 1); err != nil || !near(p, c.SignFlip, 1e-9) {
			t.Errorf("%d pairs: sign flip has p %v, not %v (%v)", len(c.A), p, c.SignFlip, err)
		}
		s, err := Summarize(c.A, 0.95)
		if err != nil || s.N != len(c.A) || !near(s.Mean, c.Mean, 1e-9) || !near(*s.Deviation, c.Deviation, 1e-9) ||
			!near(s.Interval.Low, c.Low, 1e-9) || !near(s.Interval.High, c.High, 1e-9) {
			t.Errorf("%v: %+v (%v)", c.A, s, err)
		}
	}
}

// By hand: five seeds that all agree have p 2/32, so that sign flips never tell at
// 5 %; six have 2/64. 0.1 + 0.2 and 0.3 differ in rounding, and must not count as
// different sums.
func TestSignFlipByHand(t *testing.T) {
	for _, c := range []struct {
		d    []float64
		want float64
	}{
		{[]float64{1, 2, 3, 4, 5}, 2.0 / 32},
		{[]float64{1, 2, 3, 4, 5, 6}, 2.0 / 64},
		{[]float64{0.1, 0.2, -0.3}, 1},
		{[]float64{0.3, 0.1, 0.2}, 2.0 / 8},
		{[]float64{0.3, -0.1, -0.2, 0.6}, 10.0 / 16},
		{[]float64{-7}, 1},
	} {
		if got := signFlip(c.d, 1); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: p is %v, not %v", c.d, got, c.want)
		}
	}
}

// Beyond 20 pairs signs are drawn. 24 differences of 1 among 24+8 of size 1: the
// sum is as far out as a binomial of 32 is from 16 by 8 or more.
func TestSignFlipDraws(t *testing.T) {
	d := make([]float64, 32)
	for i := range d {
		d[i] = 1
		if i%4 == 0 {
			d[i] = -1
		}
	}
	want := McNemar(24, 8)
	got := signFlip(d, 5)
	// Five standard errors of a share of 100,000 draws.
	if math.Abs(got-want) > 5*math.Sqrt(want/signDraws) {
		t.Errorf("p is %v, exactly %v", got, want)
	}
	if again := signFlip(d, 5); again != got {
		t.Errorf("the same seed gave %v, then %v", got, again)
	}
	for i := range d {
		d[i] = 1
	}
	if got := signFlip(d, 5); got != 1.0/(1+signDraws) {
		t.Errorf("p is %v where no draw of 2^-31 hits", got)
	}
}

func TestPairedEdges(t *testing.T) {
	for _, c := range []struct{ b, p float64 }{{3, 1}, {1, 0}, {4, 0}} {
		if got, err := scored([]float64{3, 3, 3}, []float64{c.b, c.b, c.b}); got.DecidingP != c.p || got.Difference != 100*(3-c.b) || err != nil {
			t.Errorf("3 against %v: %+v (%v)", c.b, got, err)
		}
	}
	if s, err := Summarize([]float64{3}, 0.95); err != nil || s != (Summary{N: 1, Mean: 3}) {
		t.Errorf("one value: %+v (%v)", s, err)
	}
	// Copies of one value have no spread, which does not make their mean exact.
	if s, err := Summarize([]float64{3, 3, 3}, 0.95); err != nil || s.N != 3 || s.Mean != 3 || *s.Deviation != 0 || s.Interval != nil {
		t.Errorf("copies of one value: %+v (%v)", s, err)
	}
	nan := []float64{1, math.NaN()}
	_, few := scored([]float64{1}, []float64{2})
	_, unequal := scored([]float64{1, 2}, []float64{2})
	_, diverged := scored([]float64{1, 2}, nan)
	_, none := Summarize(nil, 0.95)
	_, mean := Summarize(nan, 0.95)
	for i, err := range []error{few, unequal, diverged, none, mean} {
		if err == nil {
			t.Errorf("case %d is accepted", i)
		}
	}
}
