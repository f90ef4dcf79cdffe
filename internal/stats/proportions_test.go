package stats

import (
	"math"
	"testing"
)

func TestWilson(t *testing.T) {
	for _, c := range readOracles(t).Wilson {
		got := Wilson(c.Successes, c.N, c.Confidence)
		if math.Abs(got.Low-c.Low) > 1e-9 || math.Abs(got.High-c.High) > 1e-9 {
			t.Errorf("%d of %d: %v, not %v to %v", c.Successes, c.N, got, c.Low, c.High)
		}
	}
	if got := Wilson(0, 0, 0.95); got != (Interval{0, 1}) {
		t.Errorf("without tests: %v", got)
	}
}

// The interval must hold the true share in 95 % of all experiments: on average
// over true shares within half a point, and for none from 0.1 to 0.9 by more than
// two and a half (compare Brown, Cai and DasGupta 2001). Summed exactly, over all outcomes.
func TestWilsonCovers(t *testing.T) {
	for _, n := range []int{50, 500} {
		var sum float64
		shares := 0
		for share := 0.1; share < 0.9; share += 0.003 {
			covered := 0.0
			for x := range n + 1 {
				if !Wilson(x, n, 0.95).Excludes(share) {
					covered += binomial(n, x, share)
				}
			}
			if math.Abs(covered-0.95) > 0.025 {
				t.Errorf("n %d: a share of %v is covered by %v", n, share, covered)
			}
			sum += covered
			shares++
		}
		if mean := sum / float64(shares); math.Abs(mean-0.95) > 0.005 {
			t.Errorf("n %d: shares are covered by %v on average", n, mean)
		}
	}
}

// binomial is the probability of x successes in n.
func binomial(n, x int, share float64) float64 {
	switch {
	case share == 0 && x == 0 || share == 1 && x == n:
		return 1
	case share == 0 || share == 1:
		return 0
	}
	a, b := float64(x), float64(n-x)
	return math.Exp(logGamma(a+b+1) - logGamma(a+1) - logGamma(b+1) + a*math.Log(share) + b*math.Log1p(-share))
}

// By hand: 5 to 0 is 2/32. The others are statsmodels' and, for the large ones,
// sums of integers.
func TestMcNemar(t *testing.T) {
	if got := McNemar(5, 0); !near(got, 0.0625, 1e-12) {
		t.Errorf("5 to 0 has p %v", got)
	}
	for _, c := range readOracles(t).McNemar {
		if got := McNemar(c.B, c.C); !near(got, c.P, 1e-8) || got != McNemar(c.C, c.B) || got > 1 {
			t.Errorf("%d to %d has p %v, not %v", c.B, c.C, got, c.P)
		}
	}
}

// The exact p lies between the approximations by chi-square without and with the
// continuity correction, or within 2 % of the latter. Their values are those of
// statsmodels' own tests (from R and SPSS).
func TestMcNemarAgainstChiSquare(t *testing.T) {
	for _, c := range []struct {
		b, c                     int
		corrected, pCorrected    float64
		uncorrected, pUncorected float64
	}{
		{121, 59, 20.67222, 5.450095e-06, 21.35556, 3.815136e-06},
		{70, 59, 0.7751938, 0.3786151, 0, 0},
		{80, 59, 2.87769784, 0.08981434, 0, 0},
	} {
		chi, p := chiSquare(c.b, c.c, 1)
		if !near(chi, c.corrected, 1e-6) || !near(p, c.pCorrected, 1e-6) {
			t.Errorf("%d to %d, corrected: chi-square is %v, p %v", c.b, c.c, chi, p)
		}
		chi, below := chiSquare(c.b, c.c, 0)
		if c.uncorrected != 0 && (!near(chi, c.uncorrected, 1e-6) || !near(below, c.pUncorected, 1e-6)) {
			t.Errorf("%d to %d, uncorrected: chi-square is %v, p %v", c.b, c.c, chi, below)
		}
		if got := McNemar(c.b, c.c); got < below || got > 1.02*p {
			t.Errorf("%d to %d: exact p is %v, approximately %v to %v", c.b, c.c, got, below, p)
		}
	}
}

// chiSquare is McNemar's chi-square with 1 degree of freedom, and its p.
func chiSquare(b, c int, correction float64) (chi, p float64) {
	d := math.Abs(float64(b-c)) - correction
	chi = d * d / float64(b+c)
	return chi, normalP(math.Sqrt(chi))
}

// The first row is Table I of the report: 29.6 against 25.5 % of 500 images have
// z = 1.45 and p = 0.15.
func TestTwoProportions(t *testing.T) {
	rows := readOracles(t).Proportions
	for _, c := range rows {
		z, p := TwoProportions(c.A, c.NA, c.B, c.NB)
		if !near(z, c.Z, 1e-9) || !near(p, c.P, 1e-9) {
			t.Errorf("%v of %d, %v of %d: z is %v, p %v", c.A, c.NA, c.B, c.NB, z, p)
		}
	}
	if z, p := TwoProportions(0.296, 500, 0.255, 500); math.Abs(z-1.45) > 0.005 || math.Abs(p-0.15) > 0.005 {
		t.Errorf("Table I has z %v, p %v", z, p)
	}
	for _, share := range []float64{0, 1} {
		if z, p := TwoProportions(share, 500, share, 100); z != 0 || p != 1 {
			t.Errorf("%v and %v: z is %v, p %v", share, share, z, p)
		}
	}
}
