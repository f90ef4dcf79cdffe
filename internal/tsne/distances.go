package tsne

import (
	"context"
	"fmt"
	"math"

	"aeprobe/internal/matrix"
)

// squaredDistances are the squared Euclidean distances between all rows of
// features, float32 [N, N], in a unit that suits the features: the smallest power
// of two above their largest magnitude. Each is summed in float64, so that equal
// rows are at distance 0.
func squaredDistances(ctx context.Context, features matrix.Matrix, threads int) (matrix.Matrix, error) {
	wide, err := scaled(features)
	if err != nil {
		return matrix.Matrix{}, err
	}
	n, d := features.Rows(), features.Columns
	distances := matrix.New(n, n)
	err = eachBlock(ctx, n, threads, func(first, end int) {
		for j := first + 1; j < n; j++ {
			b := wide[j*d : (j+1)*d]
			for i := first; i < min(end, j); i++ {
				square := float32(squaredDistance(wide[i*d:(i+1)*d], b))
				distances.Values[i*n+j], distances.Values[j*n+i] = square, square
			}
		}
	})
	return distances, err
}

// scaled are the features' values times a power of two that makes the largest
// magnitude less than 1, and at least a half.
func scaled(features matrix.Matrix) ([]float64, error) {
	largest := 0.0
	for i, x := range features.Values {
		magnitude := math.Abs(float64(x))
		if math.IsNaN(magnitude) || math.IsInf(magnitude, 0) {
			return nil, fmt.Errorf("feature %d of point %d is %g: t-SNE needs finite features", i%features.Columns, i/features.Columns, x)
		}
		largest = max(largest, magnitude)
	}
	_, exponent := math.Frexp(largest)
	scale := math.Ldexp(1, -exponent)
	wide := make([]float64, len(features.Values))
	for i, x := range features.Values {
		wide[i] = scale * float64(x)
	}
	return wide, nil
}

// squaredDistance is |a - b|^2, with four sums at a time.
func squaredDistance(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	j := 0
	for ; j+4 <= len(a); j += 4 {
		d0, d1, d2, d3 := a[j]-b[j], a[j+1]-b[j+1], a[j+2]-b[j+2], a[j+3]-b[j+3]
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	for ; j < len(a); j++ {
		s0 += (a[j] - b[j]) * (a[j] - b[j])
	}
	return s0 + s1 + s2 + s3
}
