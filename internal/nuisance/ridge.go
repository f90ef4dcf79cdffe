package nuisance

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"aeprobe/internal/matrix"
)

// Regression is how well features predict one target.
type Regression struct {
	// R2 is the coefficient of determination on the test images: 1 for a perfect
	// prediction, 0 for one as good as the targets' mean, below 0 for a worse one. For
	// a target that is constant it is 1 if the prediction is perfect and 0 otherwise, as
	// scikit-learn's r2_score.
	R2 float64 `json:"r2"`
	// Penalty is the lambda chosen, per training image.
	Penalty float64 `json:"penalty"`
}

// penalties are tried in this order; of equals the first is taken.
var penalties = []float64{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4}

// fewestImages is how many training images Ridge needs: a tenth is at least one.
const fewestImages = 10

// Ridge predicts targets, [N, T], from features, [N, D], by ridge regression in float64,
// and tests that on other images: a Regression for each target. It minimises the
// training images' mean squared error plus lambda |w|^2, w the weights of the features
// standardised on the training images, with an intercept: scikit-learn's Ridge with
// alpha = N lambda.
//
// Each target's lambda, of 1e-8, 1e-7, ..., 1e4, has the least squared error on a tenth
// of the training images, drawn by seed and left out of the fit; then all are fitted
// with it. It fails for values of NaN or infinity, and with ctx's error when ctx ends.
func Ridge(ctx context.Context, features, targets, testFeatures, testTargets matrix.Matrix, seed uint64) ([]Regression, error) {
	if features.Rows() < fewestImages {
		return nil, fmt.Errorf("ridge regression on %d images: pass at least %d", features.Rows(), fewestImages)
	}
	drawn := rand.New(rand.NewPCG(seed, 0)).Perm(features.Rows())
	return ridge(ctx, dataSet{features, targets}, dataSet{testFeatures, testTargets}, drawn[:len(drawn)/10])
}

// dataSet is features, [N, D], and targets, [N, T].
type dataSet struct{ features, targets matrix.Matrix }

func (d dataSet) choose(index []int) dataSet {
	return dataSet{d.features.Select(index), d.targets.Select(index)}
}

// check compares the shapes of training and test images.
func (d dataSet) check(test dataSet) error {
	for _, side := range []struct {
		name string
		dataSet
	}{{"training", d}, {"test", test}} {
		if n := side.targets.Rows(); side.features.Rows() != n || n == 0 {
			return fmt.Errorf("%s features of %d images with targets of %d: pass the same images to both", side.name, side.features.Rows(), n)
		}
	}
	if d.features.Columns != test.features.Columns || d.targets.Columns != test.targets.Columns {
		return fmt.Errorf("%d features and %d targets to train on, %d and %d to test: pass the same",
			d.features.Columns, d.targets.Columns, test.features.Columns, test.targets.Columns)
	}
	return nil
}

// ridge is Ridge with the training images that are left out when a penalty is chosen.
func ridge(ctx context.Context, train, test dataSet, held []int) ([]Regression, error) {
	if err := train.check(test); err != nil {
		return nil, err
	}
	isHeld := make([]bool, train.features.Rows())
	for _, i := range held {
		isHeld[i] = true
	}
	var kept []int
	for i := range isHeld {
		if !isHeld[i] {
			kept = append(kept, i)
		}
	}
	tried, err := newSolver(ctx, train.choose(kept))
	if err != nil {
		return nil, err
	}
	squares, err := tried.squaredErrors(ctx, tried.models(penalties), train.choose(held))
	if err != nil {
		return nil, err
	}
	solver, err := newSolver(ctx, train)
	if err != nil {
		return nil, err
	}
	results := make([]Regression, train.targets.Columns)
	chosen := make([]model, len(results))
	for target := range results {
		mine := squares[target*len(penalties) : (target+1)*len(penalties)]
		results[target].Penalty = penalties[slices.Index(mine, slices.Min(mine))]
		chosen[target] = solver.model(target, results[target].Penalty)
	}
	left, err := solver.squaredErrors(ctx, chosen, test)
	if err != nil {
		return nil, err
	}
	for target := range results {
		results[target].R2 = r2(left[target], squaresAbout(test.targets, target))
	}
	return results, nil
}

func r2(left, total float64) float64 {
	switch {
	case total > 0:
		return 1 - left/total
	case left == 0:
		return 1
	default:
		return 0
	}
}

// squaresAbout is the sum of squares of a column about its mean.
func squaresAbout(m matrix.Matrix, column int) float64 {
	scaler := matrix.NewScaler(m)
	return math.Pow(scaler.Deviations[column], 2) * float64(m.Rows())
}
