package stats

import "math"

// Interval is a confidence interval, both ends included.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Excludes tells that x lies outside of the interval.
func (i Interval) Excludes(x float64) bool { return x < i.Low || x > i.High }

// times is the interval of a quantity that is factor times as large.
func (i Interval) times(factor float64) Interval { return Interval{i.Low * factor, i.High * factor} }

// Wilson is the score interval of a share of which n tests saw successes
// (Wilson, JASA 1927), for a single accuracy; confidence is between 0 and 1.
// Without tests it is 0 to 1.
func Wilson(successes, n int, confidence float64) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	z := normalQuantile(0.5 + confidence/2)
	share, tests := float64(successes)/float64(n), float64(n)
	center := share + z*z/(2*tests)
	half := z * math.Sqrt(share*(1-share)/tests+z*z/(4*tests*tests))
	i := Interval{(center - half) / (1 + z*z/tests), (center + half) / (1 + z*z/tests)}
	// Exactly the end of the range, which rounding would miss.
	if successes == 0 {
		i.Low = 0
	}
	if successes == n {
		i.High = 1
	}
	return i
}
