package logistic

import (
	"context"
	"fmt"
	"slices"

	"aeprobe/internal/labels"
	"aeprobe/internal/matrix"
)

// A Criterion is what C is chosen by, on images held out of the training images.
type Criterion string

const (
	// Accuracy is for a probe whose accuracy is reported.
	Accuracy Criterion = "accuracy"
	// Bits are the mean code length of a label, for a probe whose likelihood is:
	// accuracy does not see a probe that is too sure.
	Bits Criterion = "bits"
)

// A Choice is how a value of C did.
type Choice struct {
	C float64 `json:"c"`
	// Accuracy, in percent, and Bits, the mean code length of a label, are over
	// the images held out.
	Accuracy float64 `json:"accuracy"`
	Bits     float64 `json:"bits"`
	// Over the fits, one or one for each fold: all iterations, the largest
	// gradient norm, and whether it is at most 1e-5, which is enough to choose by.
	Iterations   int     `json:"iterations"`
	GradientNorm float64 `json:"gradient_norm"`
	Converged    bool    `json:"converged"`
}

// Grid are the values of C that Train chooses from.
func Grid() []float64 { return []float64{1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100} }

const (
	// A tenth of fewer training images is too few to choose by.
	manyImages = 5000
	tenths     = 10
	// folds is how many parts fewer images are cut into.
	folds = 5
	// patience is how many values of C in a row may do no better than the best
	// before the larger ones are left out: those fit the training images ever more
	// closely, and take longest.
	patience = 2
	// choiceTolerance is Tolerance for the fits that C is chosen by, of which only
	// the predictions matter.
	choiceTolerance = 1e-5
	// fewestPerClass is how many images of each class a choice by accuracy takes.
	fewestPerClass = 3
	// fixedC is for fewer.
	fixedC = 1
)

// Choose picks from grid, which ascends, the C that does best on images held out
// of the training images, the smallest of equal ones. Of 5,000 or more images
// that is a stratified tenth; of fewer, the folds of a stratified five-fold
// cross-validation, or of as many folds as the smallest class has images. Each
// fit starts from that of the C before. Once two values in a row have done no
// better than the best one, the larger ones are not tried, unless it is by the
// accuracy of fewer images, which is too coarse for that.
//
// With fewer than three images of a class there is too little to choose by
// accuracy: C is 1, and there are no choices. Bits take any two images.
func Choose(ctx context.Context, features matrix.Matrix, classOf []byte, classes int, grid []float64, by Criterion, seed uint64) (float64, []Choice, error) {
	if err := checkGrid(grid); err != nil {
		return 0, nil, err
	}
	if err := check(features, classOf, classes); err != nil {
		return 0, nil, err
	}
	count := foldsOf(classOf, by)
	if count < 2 {
		return fixedC, nil, nil
	}
	parts, err := split(features, classOf, classes, count, seed)
	if err != nil {
		return 0, nil, err
	}
	var path []Choice
	best := 0
	// Up to some C, weights of few images only grow: their predictions, and so
	// accuracies, are the same, and say nothing of larger ones.
	stops := by == Bits || len(classOf) >= manyImages
	for _, c := range grid {
		choice, err := parts.try(ctx, c)
		if err != nil {
			return 0, nil, err
		}
		path = append(path, choice)
		if better(choice, path[best], by) {
			best = len(path) - 1
		}
		if stops && len(path)-1-best >= patience {
			break
		}
	}
	return path[best].C, path, nil
}

func checkGrid(grid []float64) error {
	last := 0.0
	for _, c := range grid {
		if !(c > last) {
			return fmt.Errorf("the values of C to choose from have %v after %v: list positive numbers, in ascending order", c, last)
		}
		last = c
	}
	if len(grid) == 0 {
		return fmt.Errorf("there are no values of C to choose from")
	}
	return nil
}

func better(a, b Choice, by Criterion) bool {
	if by == Bits {
		return a.Bits < b.Bits
	}
	return a.Accuracy > b.Accuracy
}

// foldsOf is how many folds a choice takes, below 2 where it cannot be made.
func foldsOf(classOf []byte, by Criterion) int {
	if by == Bits {
		return min(folds, len(classOf))
	}
	var counts [256]int
	for _, label := range classOf {
		counts[label]++
	}
	smallest := len(classOf)
	for _, count := range counts {
		if count > 0 {
			smallest = min(smallest, count)
		}
	}
	if smallest < fewestPerClass {
		return 0
	}
	return min(folds, smallest)
}

// parts are the fits that each C is tried by.
type parts []*part

// part is a fit and the images held out of it.
type part struct {
	problem  *Problem
	last     *Model
	features matrix.Matrix
	labels   []byte
}

func split(features matrix.Matrix, classOf []byte, classes, count int, seed uint64) (parts, error) {
	var held [][]int
	if len(classOf) >= manyImages {
		_, tenth := labels.StratifiedSplit(classOf, 1./tenths, seed)
		held = [][]int{tenth}
	} else {
		held = labels.StratifiedFolds(classOf, count, seed)
	}
	var made parts
	for _, out := range held {
		fit := without(len(classOf), out)
		problem, err := NewProblem(features.Select(fit), matrix.Select(classOf, fit), classes)
		if err != nil {
			return nil, err
		}
		made = append(made, &part{problem, nil, features.Select(out), matrix.Select(classOf, out)})
	}
	return made, nil
}

// without are the indices below n that are not in index, which ascends.
func without(n int, index []int) []int {
	var rest []int
	for i := range n {
		if _, found := slices.BinarySearch(index, i); !found {
			rest = append(rest, i)
		}
	}
	return rest
}

func (p parts) try(ctx context.Context, c float64) (Choice, error) {
	choice := Choice{C: c, Converged: true}
	var right, images int
	for _, part := range p {
		model, err := part.problem.fit(ctx, c, part.last, choiceTolerance)
		if err != nil {
			return Choice{}, err
		}
		part.last = model
		choice.Iterations += model.Iterations
		choice.GradientNorm = max(choice.GradientNorm, model.GradientNorm)
		choice.Converged = choice.Converged && model.Converged
		logits, err := model.Logits(ctx, part.features)
		if err != nil {
			return Choice{}, err
		}
		for i, label := range predicted(logits, len(model.Counts)) {
			if label == part.labels[i] {
				right++
			}
		}
		for _, bits := range codeLengths(negativeLogLikelihood(logits, part.labels), model.Images(), len(model.Counts)) {
			choice.Bits += bits
		}
		images += len(part.labels)
	}
	choice.Accuracy = 100 * float64(right) / float64(images)
	choice.Bits /= float64(images)
	return choice, nil
}

// Train chooses C from Grid and fits a probe with it on all images, from zero.
func Train(ctx context.Context, features matrix.Matrix, classOf []byte, classes int, by Criterion, seed uint64) (*Model, []Choice, error) {
	c, path, err := Choose(ctx, features, classOf, classes, Grid(), by, seed)
	if err != nil {
		return nil, nil, err
	}
	problem, err := NewProblem(features, classOf, classes)
	if err != nil {
		return nil, nil, err
	}
	model, err := problem.Fit(ctx, c, nil)
	return model, path, err
}
