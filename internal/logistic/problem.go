package logistic

import (
	"fmt"

	"aeprobe/internal/matrix"
)

// Problem is what there is to fit to: features and labels of training images.
// It is used on one goroutine.
type Problem struct {
	features matrix.Matrix
	// scaler standardises the features. Its columns that are constant, with a
	// deviation of 0, take no part.
	scaler  matrix.Scaler
	inverse []float64
	counts  []int
	// present are the classes that have images; row is a class's place among
	// them, and targets are the images' places.
	present []int
	row     []int
	targets []int
	// curvature is made by the first fit.
	curvature *curvature
}

// NewProblem checks the features, a row for each image, and their labels, 0 up
// to classes, and measures the features' means and deviations. It keeps both
// without a copy.
//
// It fails where there are no images, where the numbers of features and labels
// differ, where a label is not below classes, or where a feature is not a finite
// number.
func NewProblem(features matrix.Matrix, labels []byte, classes int) (*Problem, error) {
	if len(labels) == 0 {
		return nil, fmt.Errorf("a logistic regression needs at least one image")
	}
	if err := check(features, labels, classes); err != nil {
		return nil, err
	}
	p := &Problem{
		features: features,
		scaler:   matrix.NewScaler(features),
		inverse:  make([]float64, features.Columns),
		counts:   make([]int, classes),
		row:      make([]int, classes),
		targets:  make([]int, len(labels)),
	}
	for j, deviation := range p.scaler.Deviations {
		if deviation > 0 {
			p.inverse[j] = 1 / deviation
		}
	}
	for _, label := range labels {
		p.counts[label]++
	}
	for class, count := range p.counts {
		if count > 0 {
			p.row[class] = len(p.present)
			p.present = append(p.present, class)
		}
	}
	for i, label := range labels {
		p.targets[i] = p.row[label]
	}
	return p, nil
}

// check fails where features and labels do not go together.
func check(features matrix.Matrix, labels []byte, classes int) error {
	if features.Rows() != len(labels) {
		return fmt.Errorf("there are features of %d images, but %d labels", features.Rows(), len(labels))
	}
	for i, label := range labels {
		if int(label) >= classes {
			return fmt.Errorf("image %d has label %d, but there are only %d classes", i, label, classes)
		}
	}
	return features.CheckFinite("image")
}

// size is the number of coefficients: a row of weights for each present class,
// then an intercept for each.
func (p *Problem) size() int { return len(p.present) * (p.features.Columns + 1) }

// penalty is lambda = 1 / (C n), the factor of |W|^2 / 2.
func (p *Problem) penalty(c float64) float64 { return 1 / (c * float64(len(p.targets))) }
