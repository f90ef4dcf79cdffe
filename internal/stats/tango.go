package stats

import "math"

// Tango is the score interval of the difference of two paired shares (Tango,
// Statistics in Medicine 17, 1998): of images pairs, one contender alone was right in
// onlyA and the other alone in onlyB, and the difference is (onlyA - onlyB)/images.
// It holds every difference that the score test does not reject, so it has a width
// where nobody was right alone; confidence is between 0 and 1. Without images it is
// -1 to 1.
func Tango(onlyA, onlyB, images int, confidence float64) Interval {
	if images == 0 {
		return Interval{-1, 1}
	}
	z := normalQuantile(0.5 + confidence/2)
	low := tangoEnd(float64(onlyA), float64(onlyB), float64(images), z)
	// The same, with the contenders' places changed.
	return Interval{low, -tangoEnd(float64(onlyB), float64(onlyA), float64(images), z)}
}

// tangoEnd is the least difference whose score statistic is at most z.
func tangoEnd(a, b, n, z float64) float64 {
	low, high := -1.0, (a-b)/n
	// The statistic falls from low to high, where it is 0.
	for range 60 {
		middle := (low + high) / 2
		if tangoScore(a, b, n, middle) > z {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// tangoScore is the score statistic for a difference d: how far it is from what was
// observed, in standard deviations. Those follow from the share of pairs in which
// the second alone is right, by maximum likelihood under d.
func tangoScore(a, b, n, d float64) float64 {
	half := -(a + b) + (2*n-a+b)*d
	onlyB := (math.Sqrt(half*half+8*n*b*d*(1-d)) - half) / (4 * n)
	return (a - b - n*d) / math.Sqrt(n*(2*onlyB+d*(1-d)))
}
