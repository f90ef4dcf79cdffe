// Package knn classifies images by the labels of their nearest neighbours among
// the training images, as DINO and Wu et al. (Unsupervised Feature Learning via
// Non-Parametric Instance Discrimination, CVPR 2018, section 3.4) do:
//
//	score_c(x) = sum over the k nearest j with label c of exp(cos(x, x_j) / T)
//
// Of equal similarities the training image with the lower index is nearer; of
// equal scores the lower class wins. A class without training images is never
// predicted, and no class needs test images.
package knn

import (
	"context"
	"fmt"
	"math"
	"slices"

	"aeprobe/internal/matrix"
)

// What happens to features before their cosines are taken.
const (
	// L2 scales each row to length 1.
	L2 = "l2"
	// CL2N first subtracts the training rows' mean. Features that are never
	// negative all have cosines near 1 without it, and so weights that are equal.
	CL2N = "cl2n"
)

// Options of Predict.
type Options struct {
	// K are the numbers of neighbours, each 1 or more, in any order.
	K []int
	// Temperature is T, above 0: the lower it is, the more the nearest count.
	Temperature float64
	// Normalize is L2 or CL2N.
	Normalize string
	// Classes is how many there are, 1 to 256.
	Classes int
}

// Prediction is what K neighbours say of every test image.
type Prediction struct {
	K int `json:"k"`
	// Neighbours is how many really voted: K, or all training images if there
	// are fewer.
	Neighbours int `json:"neighbours"`
	// Labels are by test image.
	Labels []byte `json:"-"`
}

// Predict classifies the rows of test by those of train, whose classes labels
// tells; a prediction for each of o.K, in its order. Similarities are computed
// once for all of them, in float32, a block of test rows at a time; next to a
// block it holds a normalised copy of both matrices.
func Predict(ctx context.Context, train matrix.Matrix, labels []byte, test matrix.Matrix, o Options) ([]Prediction, error) {
	if err := o.check(train, labels, test); err != nil {
		return nil, fmt.Errorf("k nearest neighbours: %w", err)
	}
	var center []float64
	if o.Normalize == CL2N {
		center = train.Means()
	}
	predictions := make([]Prediction, len(o.K))
	for i, k := range o.K {
		predictions[i] = Prediction{K: k, Neighbours: min(k, train.Rows()), Labels: make([]byte, test.Rows())}
	}
	scores := make([]float64, o.Classes)
	most := min(slices.Max(o.K), train.Rows())
	err := eachNearest(ctx, test.UnitRows(center), train.UnitRows(center), most, func(i int, nearest []neighbour) {
		for _, p := range predictions {
			p.Labels[i] = vote(nearest[:p.Neighbours], labels, o.Temperature, scores)
		}
	})
	if err != nil {
		return nil, err
	}
	return predictions, nil
}

// vote is the class with the highest score. It overwrites scores, which are by
// class. All weights are relative to the nearest neighbour's, which is 1: the
// exponentials themselves overflow at a low temperature.
func vote(nearest []neighbour, labels []byte, temperature float64, scores []float64) byte {
	clear(scores)
	for _, n := range nearest {
		scores[labels[n.index]] += math.Exp((float64(n.similarity) - float64(nearest[0].similarity)) / temperature)
	}
	best := 0
	for class, score := range scores {
		if score > scores[best] {
			best = class
		}
	}
	return byte(best)
}
