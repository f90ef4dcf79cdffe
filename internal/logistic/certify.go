package logistic

import (
	"context"
	"fmt"
	"math"
	"slices"

	"aeprobe/internal/matrix"
)

// Certificate is what a model's fit must have ended with.
type Certificate struct {
	Loss         float64 `json:"loss"`
	GradientNorm float64 `json:"gradient_norm"`
	Converged    bool    `json:"converged"`
}

// Certify computes, in one pass over the features and labels that model was
// fitted on, its loss and its gradient's norm, whatever the model says of them.
// The objective is convex, so that a gradient near zero proves the fit, however
// it was found.
//
// It fails where the model is not of these images: other counts of classes,
// means or deviations.
func Certify(ctx context.Context, features matrix.Matrix, labels []byte, model *Model) (Certificate, error) {
	if err := model.check(); err != nil {
		return Certificate{}, err
	}
	p, err := NewProblem(features, labels, len(model.Counts))
	if err != nil {
		return Certificate{}, err
	}
	if !slices.Equal(model.Counts, p.counts) {
		return Certificate{}, fmt.Errorf("the model was fitted on %d images of the classes, and these are %d", model.Counts, p.counts)
	}
	if err := sameScale(model, p.scaler); err != nil {
		return Certificate{}, err
	}
	if !(model.C > 0) {
		return Certificate{}, fmt.Errorf("the model's C is %v: it must be positive", model.C)
	}
	k, d := len(p.present), features.Columns
	w, gradient := make([]float64, p.size()), make([]float64, p.size())
	for row, class := range p.present {
		copy(w[row*d:], model.Weights[class])
		w[k*d+row] = model.Intercepts[class]
	}
	loss, err := p.evaluate(ctx, p.penalty(model.C), w, gradient)
	if err != nil {
		return Certificate{}, err
	}
	norm := largest(gradient)
	return Certificate{loss, norm, norm <= Tolerance}, nil
}

// sameScale fails where the model's standardising is not that of its images. A
// processor that fuses multiplications and additions rounds both otherwise.
func sameScale(model *Model, measured matrix.Scaler) error {
	if len(model.Means) != len(measured.Means) {
		return fmt.Errorf("the model is of %d features, and these are %d", len(model.Means), len(measured.Means))
	}
	const rounding = 1e-9
	for j, mean := range measured.Means {
		deviation := measured.Deviations[j]
		size := rounding * (math.Abs(mean) + deviation)
		if !(math.Abs(model.Means[j]-mean) <= size) || !(math.Abs(model.Deviations[j]-deviation) <= size) {
			return fmt.Errorf("the model standardises feature %d by %v and %v, but its mean and deviation are %v and %v",
				j, model.Means[j], model.Deviations[j], mean, deviation)
		}
	}
	return nil
}
