package geometry

import (
	"context"
	"math"
)

// rankMeEpsilon is the paper's, for float32 features.
const rankMeEpsilon = 1e-7

// spectrum computes RankMe and the participation ratio from one product of the
// centred features: adding the means back cancels nothing, while subtracting them
// from a product of the features as they are would.
func spectrum(ctx context.Context, x Centered) (rankMe, participation float64, err error) {
	gram, err := x.Products(ctx, x)
	if err != nil {
		return 0, 0, err
	}
	participation = participationRatio(gram, x.Columns)
	for i := range x.Columns {
		for j := range x.Columns {
			gram[i*x.Columns+j] += float64(x.Rows()) * x.Means[i] * x.Means[j]
		}
	}
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	squares, _, err := Eigen(gram, x.Columns)
	if err != nil {
		return 0, 0, err
	}
	return rankMeOf(squares, x.Rows()), participation, nil
}

// participationRatio is (sum of the eigenvalues)^2 / sum of their squares, which are
// the trace and the squared norm of a symmetric matrix [side, side]; 0 for one of
// zeros.
func participationRatio(symmetric []float64, side int) float64 {
	var trace, square float64
	for i, value := range symmetric {
		if i/side == i%side {
			trace += value
		}
		square += value * value
	}
	if square == 0 {
		return 0
	}
	return trace * trace / square
}

// rankMeOf is RankMe of n images, given the squares of their features' singular
// values, ascending. Squares below the rounding of the largest are taken as 0: a
// product of the features cannot tell them from 0.
func rankMeOf(squares []float64, n int) float64 {
	const rounding = 0x1p-52
	largest := squares[len(squares)-1]
	if largest <= 0 {
		return 0
	}
	singular := make([]float64, 0, len(squares))
	var sum float64
	for _, square := range squares[max(0, len(squares)-n):] {
		if square < rounding*float64(len(squares))*largest {
			square = 0
		}
		singular = append(singular, math.Sqrt(square))
		sum += math.Sqrt(square)
	}
	var entropy float64
	for _, s := range singular {
		p := s/sum + rankMeEpsilon
		entropy -= p * math.Log(p)
	}
	return math.Exp(entropy)
}
