package stats

import "math"

// McNemar is the exact p value of two contenders on the same images: onlyA were
// classified correctly by the one alone, onlyB by the other alone. It is
// min(1, 2 P(X <= min(onlyA, onlyB))) with X binomial(onlyA+onlyB, 1/2), 1 for
// contenders that never differ, and 0 where it is too small for a float64.
func McNemar(onlyA, onlyB int) float64 {
	n, k := float64(onlyA+onlyB), float64(min(onlyA, onlyB))
	// The sum starts at its largest term, which alone may underflow: the others
	// are relative to it.
	sum, term := 1.0, 1.0
	for i := k; i > 0 && term > sum*1e-17; i-- {
		term *= i / (n - i + 1)
		sum += term
	}
	log := logGamma(n+1) - logGamma(k+1) - logGamma(n-k+1) - n*math.Ln2
	return min(1, 2*math.Exp(log+math.Log(sum)))
}

func logGamma(x float64) float64 {
	y, _ := math.Lgamma(x)
	return y
}

// TwoProportions compares shares on different images, shareA of nA and shareB of
// nB, by the z test with the pooled variance; z is positive where shareA is
// larger. Where nothing or everything was a success, z is 0 and p is 1.
func TwoProportions(shareA float64, nA int, shareB float64, nB int) (z, p float64) {
	a, b := float64(nA), float64(nB)
	pooled := (shareA*a + shareB*b) / (a + b)
	variance := pooled * (1 - pooled) * (1/a + 1/b)
	if !(variance > 0) {
		return 0, 1
	}
	z = (shareA - shareB) / math.Sqrt(variance)
	return z, normalP(z)
}
