package pairs

import (
	"context"
	"math"
	"slices"
)

// bootstrap is the 95 % percentile interval of the AUC over images: each draw takes
// as many images as the pairs have, with replacement, and weighs a pair by the
// product of its two images' counts (Owen, The pigeonhole bootstrap, Annals of
// Applied Statistics 2007). Pairs that share an image are not independent, which a
// bootstrap over pairs would take them for. The interval errs on the wide side
// where hardly any image is in several pairs. A draw that leaves no pair of a kind
// is repeated.
func bootstrap(ctx context.Context, ranked []scored, draws int, seed uint64) (interval [2]float64, err error) {
	images := imagesOf(ranked)
	counts := make([]int, slices.Max(images)+1)
	r := generator(seed, resampling, 0)
	areas := make([]float64, 0, draws)
	for len(areas) < draws {
		if err := ctx.Err(); err != nil {
			return interval, err
		}
		clear(counts)
		for range images {
			counts[images[r.IntN(len(images))]]++
		}
		if area, defined := auc(ranked, func(p Pair) int { return counts[p.A] * counts[p.B] }); defined {
			areas = append(areas, area)
		}
	}
	slices.Sort(areas)
	return [2]float64{quantile(areas, 0.025), quantile(areas, 0.975)}, nil
}

// imagesOf are the rows that occur in pairs, each once, rising.
func imagesOf(ranked []scored) []int {
	var images []int
	for _, p := range ranked {
		images = append(images, p.A, p.B)
	}
	slices.Sort(images)
	return slices.Compact(images)
}

// quantile is interpolated between sorted values, as numpy does by default.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(math.Floor(at))
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
