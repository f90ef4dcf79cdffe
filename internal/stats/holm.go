package stats

import (
	"cmp"
	"slices"
)

// Holm adjusts the p values of a table's comparisons so that, whichever of them
// are null, any of those is found significant with at most the probability that
// the adjusted values are held against (Holm, Scand. J. Statist. 1979). The
// order is kept.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	adjusted := make([]float64, len(p))
	largest := 0.0
	for rank, i := range order {
		largest = max(largest, min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = largest
	}
	return adjusted
}
