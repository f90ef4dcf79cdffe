package stats

import (
	"math"
	"testing"
)

// The oracles are scipy's ttest_rel, permutation_test and t.interval.
func TestPaired(t *testing.T) {
	for _, c := range readOracles(t).Paired {
		stat, p, err := PairedT(c.A, c.B)
		if err != nil || !near(stat, c.T, 1e-8) || !near(p, c.P, 1e-8) {
			t.Errorf("%d pairs: t is %v, p %v, not %v, %v (%v)", len(c.A), stat, p, c.T, c.P, err)
		}
		if p, err := SignFlip(c.A, c.B, 1); err != nil || !near(p, c.SignFlip, 1e-9) {
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
		if got, err := SignFlip(c.d, make([]float64, len(c.d)), 1); err != nil || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: p is %v, not %v (%v)", c.d, got, c.want, err)
		}
	}
}

// Beyond 20 pairs signs are drawn. 24 differences of 1 among 24+8 of size 1: the
// sum is as far out as a binomial of 32 is from 16 by 8 or more.
func TestSignFlipDraws(t *testing.T) {
	d, zero := make([]float64, 32), make([]float64, 32)
	for i := range d {
		d[i] = 1
		if i%4 == 0 {
			d[i] = -1
		}
	}
	want := McNemar(24, 8)
	got, err := SignFlip(d, zero, 5)
	// Five standard errors of a share of 100,000 draws.
	if err != nil || math.Abs(got-want) > 5*math.Sqrt(want/signDraws) {
		t.Errorf("p is %v, exactly %v (%v)", got, want, err)
	}
	if again, _ := SignFlip(d, zero, 5); again != got {
		t.Errorf("the same seed gave %v, then %v", got, again)
	}
	for i := range d {
		d[i] = 1
	}
	if got, _ := SignFlip(d, zero, 5); got != 1.0/(1+signDraws) {
		t.Errorf("p is %v where no draw of 2^-31 hits", got)
	}
}

func TestPairedEdges(t *testing.T) {
	for _, c := range []struct{ b, t, p float64 }{{3, 0, 1}, {1, math.Inf(1), 0}, {4, math.Inf(-1), 0}} {
		if stat, p, err := PairedT([]float64{3, 3, 3}, []float64{c.b, c.b, c.b}); stat != c.t || p != c.p || err != nil {
			t.Errorf("3 against %v: t is %v, p %v (%v)", c.b, stat, p, err)
		}
	}
	if s, err := Summarize([]float64{3}, 0.95); err != nil || s != (Summary{N: 1, Mean: 3}) {
		t.Errorf("one value: %+v (%v)", s, err)
	}
	nan := []float64{1, math.NaN()}
	_, _, few := PairedT([]float64{1}, []float64{2})
	_, _, unequal := PairedT([]float64{1, 2}, []float64{2})
	_, _, diverged := PairedT([]float64{1, 2}, nan)
	_, flip := SignFlip(nan, nan, 1)
	_, none := Summarize(nil, 0.95)
	_, mean := Summarize(nan, 0.95)
	for i, err := range []error{few, unequal, diverged, flip, none, mean} {
		if err == nil {
			t.Errorf("case %d is accepted", i)
		}
	}
}
