package logistic

import (
	"context"
	"fmt"
	"math"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch"
)

// Model is a fitted probe, with what its fit ended with.
type Model struct {
	C float64 `json:"c"`
	// Loss is the objective: the mean cross-entropy in nats plus the penalty.
	Loss float64 `json:"loss"`
	// GradientNorm is the largest entry, by magnitude, of the objective's
	// gradient. Converged says that it is at most Tolerance.
	GradientNorm float64 `json:"gradient_norm"`
	Iterations   int     `json:"iterations"`
	Converged    bool    `json:"converged"`
	// Counts are the training images of each class. One with none is never
	// predicted.
	Counts []int `json:"counts"`
	// Means and Deviations standardise a feature x: (x - mean) / deviation. A
	// deviation of 0 means that the feature was constant and is not used.
	Means      []float64 `json:"means"`
	Deviations []float64 `json:"deviations"`
	// Weights, [classes][features], are of the standardised features.
	Weights    [][]float64 `json:"weights"`
	Intercepts []float64   `json:"intercepts"`
}

// check fails where the model, which may come from a file, does not fit together.
func (m *Model) check() error {
	classes, d := len(m.Counts), len(m.Means)
	if classes == 0 || len(m.Weights) != classes || len(m.Intercepts) != classes || len(m.Deviations) != d {
		return fmt.Errorf("the model has counts of %d classes, weights of %d and %d intercepts, %d means and %d deviations",
			classes, len(m.Weights), len(m.Intercepts), d, len(m.Deviations))
	}
	for class, weights := range m.Weights {
		if len(weights) != d {
			return fmt.Errorf("the model's class %d has %d weights for %d features", class, len(weights), d)
		}
	}
	return nil
}

// Images is how many images the model was fitted on.
func (m *Model) Images() int {
	var sum int
	for _, count := range m.Counts {
		sum += count
	}
	return sum
}

// Logits are float64 [rows, classes], row-major, of features as they were
// before standardising. A class without a training image has -Inf.
func (m *Model) Logits(ctx context.Context, features matrix.Matrix) ([]float64, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	if features.Columns != len(m.Means) {
		return nil, fmt.Errorf("the model is of %d features, and these are %d", len(m.Means), features.Columns)
	}
	var w []float64
	for _, weights := range m.Weights {
		w = append(w, weights...)
	}
	w = append(w, m.Intercepts...)
	inverse := make([]float64, len(m.Means))
	for j, deviation := range m.Deviations {
		if deviation > 0 {
			inverse[j] = 1 / deviation
		}
	}
	raw, offsets := unscale(w, m.Means, inverse, len(m.Counts))
	for class, count := range m.Counts {
		if count == 0 {
			offsets[class] = math.Inf(-1)
		}
	}
	all := make([]float64, 0, features.Rows()*len(m.Counts))
	var s torch.Scope
	defer s.Drop()
	err := eachLogits(ctx, features, raw, offsets, &s, func(_ int, _ *ts.Tensor, logits []float64) error {
		all = append(all, logits...)
		return nil
	})
	return all, err
}

// Predict is each row's class with the largest logit, the lowest of equal ones.
func (m *Model) Predict(ctx context.Context, features matrix.Matrix) ([]byte, error) {
	logits, err := m.Logits(ctx, features)
	if err != nil {
		return nil, err
	}
	return predicted(logits, len(m.Counts)), nil
}

func predicted(logits []float64, classes int) []byte {
	labels := make([]byte, len(logits)/classes)
	for i := range labels {
		of := logits[i*classes : (i+1)*classes]
		best := math.Inf(-1)
		for class, z := range of {
			if z > best {
				best, labels[i] = z, byte(class)
			}
		}
	}
	return labels
}

// NegativeLogLikelihood is -ln p of each row's label, in nats: +Inf for a class
// without a training image.
func (m *Model) NegativeLogLikelihood(ctx context.Context, features matrix.Matrix, labels []byte) ([]float64, error) {
	if err := check(features, labels, len(m.Counts)); err != nil {
		return nil, err
	}
	logits, err := m.Logits(ctx, features)
	if err != nil {
		return nil, err
	}
	return negativeLogLikelihood(logits, labels), nil
}

// negativeLogLikelihood changes logits.
func negativeLogLikelihood(logits []float64, labels []byte) []float64 {
	nats := make([]float64, len(labels))
	classes := len(logits) / max(1, len(labels))
	for i, label := range labels {
		of := logits[i*classes : (i+1)*classes]
		at := of[label]
		nats[i] = softmax(of) - at
	}
	return nats
}

// CodeLengths are how many bits each row's label takes in a code by
// probabilities (n p + 1/K) / (n + 1), n the number of training images and K
// that of classes. Unlike -log2 p they are finite, at most log2 (K (n + 1)):
// for a class that no training image had, or a probe that is sure of too few.
// Where a probe is right to be sure, they cost 1.44 / n bits more.
func (m *Model) CodeLengths(ctx context.Context, features matrix.Matrix, labels []byte) ([]float64, error) {
	nats, err := m.NegativeLogLikelihood(ctx, features, labels)
	return codeLengths(nats, m.Images(), len(m.Counts)), err
}

// codeLengths replaces -ln p by bits.
func codeLengths(nats []float64, images, classes int) []float64 {
	n, k := float64(images), float64(classes)
	for i, v := range nats {
		nats[i] = -math.Log2((n*math.Exp(-v) + 1/k) / (n + 1))
	}
	return nats
}
