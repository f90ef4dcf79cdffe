package geometry

import (
	"context"
	"math"

	"aeprobe/internal/knn"
	"aeprobe/internal/matrix"
)

// hubNeighbours is the number of neighbours that hubness counts, as the paper does.
const hubNeighbours = 10

// hubness is the skewness of how often each row of m is among the nearest of others.
// ok is false where all occur equally often, as where there are no more than
// hubNeighbours others.
func hubness(ctx context.Context, m matrix.Matrix) (skew float64, ok bool, err error) {
	if m.Rows() <= hubNeighbours {
		return 0, false, nil
	}
	counts, err := knn.Occurrences(ctx, m, hubNeighbours)
	if err != nil {
		return 0, false, err
	}
	skew, ok = skewness(counts)
	return skew, ok, nil
}

// skewness is the third central moment over the 3/2nd power of the second, each
// divided by the number of counts. It is undefined where all are equal.
func skewness(counts []int) (skew float64, ok bool) {
	n := float64(len(counts))
	var sum, square, cube float64
	for _, c := range counts {
		sum += float64(c)
	}
	for _, c := range counts {
		d := float64(c) - sum/n
		square += d * d
		cube += d * d * d
	}
	if square == 0 {
		return 0, false
	}
	return cube / n / math.Pow(square/n, 1.5), true
}
