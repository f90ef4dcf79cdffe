package tsne

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// The standard deviation of a start is small, so that early exaggeration can sort
// the points (Kobak and Berens, Nature Communications 10, 2019). The jitter, as a
// share of it, parts points that coincide, and those of a start on a line.
const (
	startDeviation = 1e-4
	startJitter    = 0.01
)

// Start makes a start from the first two principal components' coordinates, [N][2]
// or more, as openTSNE does: scaled to a standard deviation of the first of 1e-4,
// with normal noise of 1e-6 from a generator seeded by seed.
func Start(components [][]float64, seed uint64) ([][2]float64, error) {
	var mean, deviation float64
	for i, point := range components {
		if len(point) < 2 {
			return nil, fmt.Errorf("a start for t-SNE needs two coordinates, point %d has %d", i, len(point))
		}
		mean += point[0]
	}
	n := float64(len(components))
	mean /= n
	for _, point := range components {
		deviation += (point[0] - mean) * (point[0] - mean)
	}
	scale := 0.0
	if deviation > 0 {
		scale = startDeviation / math.Sqrt(deviation/n)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	start := make([][2]float64, len(components))
	for i, point := range components {
		for c := range start[i] {
			start[i][c] = scale*point[c] + startJitter*startDeviation*random.NormFloat64()
		}
	}
	return start, nil
}
