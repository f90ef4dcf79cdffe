package cluster

import (
	"context"
	"math"
	"math/rand/v2"
	"sort"

	"aeprobe/internal/matrix"
)

// plusPlus picks k rows as first centroids by greedy k-means++ (Arthur and
// Vassilvitskii, k-means++: The Advantages of Careful Seeding, 2007): a row is
// drawn in proportion to its squared distance from those picked before; of
// 2 + ln k drawn, as in scikit-learn, the one that leaves the smallest sum of
// such distances is picked.
func (r *rows) plusPlus(ctx context.Context, k int, random *rand.Rand) (matrix.Matrix, error) {
	trials := 2 + int(math.Log(float64(k)))
	// distances are squared, from the nearest row picked.
	distances := make([]float64, r.Rows())
	for i := range distances {
		distances[i] = math.Inf(1)
	}
	candidates := []int{random.IntN(r.Rows())}
	var picked []int
	for {
		with, err := r.distancesWith(ctx, distances, candidates)
		if err != nil {
			return matrix.Matrix{}, err
		}
		best, least := 0, math.Inf(1)
		for t := range candidates {
			if s := sum(with[t]); s < least {
				best, least = t, s
			}
		}
		distances = with[best]
		picked = append(picked, candidates[best])
		if len(picked) == k {
			return r.Select(picked), nil
		}
		candidates = draw(distances, trials, random)
	}
}

// distancesWith returns, for each candidate, what distances would be if it were
// picked.
func (r *rows) distancesWith(ctx context.Context, distances []float64, candidates []int) ([][]float64, error) {
	with := make([][]float64, len(candidates))
	for t := range with {
		with[t] = append([]float64(nil), distances...)
	}
	points := r.Select(candidates)
	err := r.each(ctx, points, func(i int, estimates []float64, slack float64) {
		for t, e := range estimates {
			if e-slack < distances[i] {
				with[t][i] = min(distances[i], squaredDistance(r.Row(i), points.Row(t)))
			}
		}
	})
	return with, err
}

// draw draws n indices, each with a probability in proportion to its weight, and
// the first index if all weights are 0.
func draw(weights []float64, n int, random *rand.Rand) []int {
	cumulative, last := make([]float64, len(weights)), 0
	var total float64
	for i, w := range weights {
		total += w
		cumulative[i] = total
		if w > 0 {
			last = i
		}
	}
	drawn := make([]int, n)
	for t := range drawn {
		x := random.Float64() * total
		// x may be rounded up to total.
		drawn[t] = min(last, sort.Search(len(cumulative), func(i int) bool { return cumulative[i] > x }))
	}
	return drawn
}

func sum(values []float64) float64 {
	var s float64
	for _, x := range values {
		s += x
	}
	return s
}
