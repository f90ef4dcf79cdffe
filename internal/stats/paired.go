package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Up to exactPairs pairs, SignFlip takes every sign; beyond, it draws.
const (
	exactPairs = 20
	signDraws  = 100_000
)

// Summary is what repetitions, such as seeds, measured.
type Summary struct {
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	// Deviation is the sample standard deviation (divided by n-1), the spread of
	// single values. Interval is for the mean, by Student's t. Both are nil for one
	// value; Interval also where all are equal, as copies of one value are: that they
	// do not differ does not show how far the mean is known.
	Deviation *float64  `json:"deviation,omitempty"`
	Interval  *Interval `json:"interval,omitempty"`
}

// Summarize summarizes one or more values; confidence is between 0 and 1.
func Summarize(values []float64, confidence float64) (Summary, error) {
	if err := finite(values); err != nil {
		return Summary{}, err
	}
	if len(values) == 0 {
		return Summary{}, fmt.Errorf("no values to summarize")
	}
	mean, deviation := MeanDeviation(values)
	s := Summary{N: len(values), Mean: mean}
	if len(values) > 1 {
		n := float64(len(values))
		s.Deviation = &deviation
		if half := studentQuantile(0.5+confidence/2, n-1) * deviation / math.Sqrt(n); half > 0 {
			s.Interval = &Interval{mean - half, mean + half}
		}
	}
	return s, nil
}

// signFlip is the permutation test of differences d of values that belong together in
// pairs: the share of all ways of swapping the two of a pair that put the sum of
// the differences as far from 0 as it is. It takes nothing as normal, only a
// difference and its negative as equally probable if there is nothing to tell.
// No p is below 2^(1-pairs): 5 pairs never reach 5 %. Up to 20 pairs it is exact;
// beyond, it is (1 + hits) / (1 + draws) of 100,000 draws made from seed.
func signFlip(d []float64, seed uint64) float64 {
	var observed, size float64
	for _, x := range d {
		observed += x
		size += math.Abs(x)
	}
	// Sums that are equal but for rounding count as equal.
	reached := func(sum float64) bool { return math.Abs(sum) >= math.Abs(observed)-1e-12*size }
	hits := 0
	if len(d) <= exactPairs {
		// A sign for all leaves the size of the sum as it is, so the last keeps its.
		ways := 1 << max(0, len(d)-1)
		for signs := range ways {
			if reached(flippedSum(d, func() uint64 { return uint64(signs) })) {
				hits++
			}
		}
		return float64(hits) / float64(ways)
	}
	r := rand.NewPCG(seed, 0)
	for range signDraws {
		if reached(flippedSum(d, r.Uint64)) {
			hits++
		}
	}
	return float64(1+hits) / (1 + signDraws)
}

// flippedSum adds d with the signs that bits says, 64 at a time.
func flippedSum(d []float64, bits func() uint64) float64 {
	var sum float64
	var signs uint64
	for i, x := range d {
		if i%64 == 0 {
			signs = bits()
		}
		if signs&1 == 1 {
			x = -x
		}
		sum += x
		signs >>= 1
	}
	return sum
}

// difference is a - b by pair.
func difference(a, b []float64) ([]float64, error) {
	if len(a) != len(b) {
		return nil, fmt.Errorf("%d values cannot be paired with %d: measure both on the same seeds", len(a), len(b))
	}
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d, finite(d)
}

func finite(values []float64) error {
	for i, x := range values {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("value %d is %v: a run that has diverged has no accuracy to compare", i, x)
		}
	}
	return nil
}

// MeanDeviation is the mean and the sample standard deviation of values, NaN for
// one value. Equal values have exactly their own mean and deviation 0.
func MeanDeviation(values []float64) (mean, deviation float64) {
	// From the first value on, so that rounding gives equal values no deviation.
	n, first := float64(len(values)), values[0]
	var sum, square float64
	for _, x := range values {
		sum += x - first
	}
	for _, x := range values {
		d := x - first - sum/n
		square += d * d
	}
	return first + sum/n, math.Sqrt(square / (n - 1))
}
