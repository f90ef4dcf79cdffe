package report

import (
	"math"
	"strconv"
)

// An axis takes values from low to high to places from first to last.
type axis struct{ low, high, first, last float64 }

// A tick is a labelled place of an axis.
type tick struct {
	At    float64
	Label string
}

func newAxis(low, high, first, last float64) axis {
	if low == high { // one value stands in the middle
		margin := math.Max(math.Abs(low)*0.1, 1e-6)
		low, high = low-margin, high+margin
	}
	return axis{low, high, first, last}
}

// padded has a margin of 4 % at both ends.
func (a axis) padded() axis {
	margin := 0.04 * (a.high - a.low)
	return axis{a.low - margin, a.high + margin, a.first, a.last}
}

// at is a value's place, to a tenth.
func (a axis) at(value float64) float64 {
	return math.Round(10*(a.first+(value-a.low)/(a.high-a.low)*(a.last-a.first))) / 10
}

// ticks are about n round values: 1, 2 or 5 times a power of ten apart, and no less
// than 1 where they count.
func (a axis) ticks(n int, counts bool) []tick {
	step := math.Pow(10, math.Floor(math.Log10((a.high-a.low)/float64(n))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (a.high-a.low)/(step*factor) <= float64(n) {
			step *= factor
			break
		}
	}
	if counts {
		step = math.Max(math.Round(step), 1)
	}
	decimals := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	var all []tick
	for k := math.Ceil(a.low/step - 1e-9); k*step <= a.high+1e-9*step; k++ {
		all = append(all, tick{a.at(k * step), strconv.FormatFloat(k*step, 'f', decimals, 64)})
	}
	return all
}
