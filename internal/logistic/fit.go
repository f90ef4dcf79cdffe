package logistic

import (
	"context"
	"fmt"
	"math"
)

// Tolerance is the largest entry, by magnitude, that the gradient of a converged
// fit has.
const Tolerance = 1e-6

// Fit minimises the objective for a penalty of C > 0, starting from start, of as
// many classes and features, or from zero where it is nil. A start is worth
// having from a C that is close.
//
// A fit that has not converged after 1,000 iterations, or at rounding's end, is
// no error: the model says so.
func (p *Problem) Fit(ctx context.Context, c float64, start *Model) (*Model, error) {
	return p.fit(ctx, c, start, Tolerance)
}

// fit is Fit until the gradient's largest entry is at most tolerance.
func (p *Problem) fit(ctx context.Context, c float64, start *Model, tolerance float64) (*Model, error) {
	if !(c > 0) || math.IsInf(c, 1) {
		return nil, fmt.Errorf("C is %v: it must be positive and finite", c)
	}
	w, err := p.coefficients(start)
	if err != nil {
		return nil, err
	}
	if err := p.measure(ctx); err != nil {
		return nil, err
	}
	penalty := p.penalty(c)
	guess, err := p.precondition(penalty)
	if err != nil {
		return nil, err
	}
	defer guess.drop()
	m := &minimiser{
		evaluate: func(ctx context.Context, w, gradient []float64) (float64, error) {
			return p.evaluate(ctx, penalty, w, gradient)
		},
		precondition: guess.apply,
		w:            w,
	}
	if err := m.run(ctx, tolerance); err != nil {
		return nil, err
	}
	return p.model(c, m, tolerance), nil
}

// coefficients are start's of the present classes, or zeros.
func (p *Problem) coefficients(start *Model) ([]float64, error) {
	w := make([]float64, p.size())
	if start == nil {
		return w, nil
	}
	k, d := len(p.present), p.features.Columns
	if err := start.check(); err != nil {
		return nil, err
	}
	if len(start.Weights) != len(p.counts) || len(start.Means) != d {
		return nil, fmt.Errorf("a fit of %d classes and %d features cannot start from a model of %d and %d",
			len(p.counts), d, len(start.Weights), len(start.Means))
	}
	var mean float64
	for row, class := range p.present {
		copy(w[row*d:], start.Weights[class])
		w[k*d+row] = start.Intercepts[class]
		mean += start.Intercepts[class] / float64(k)
	}
	// A number added to all intercepts changes nothing, so that no step would
	// take it away again.
	for row := range k {
		w[k*d+row] -= mean
	}
	return w, nil
}

// model is what m has arrived at. Coefficients of absent classes are 0.
func (p *Problem) model(c float64, m *minimiser, tolerance float64) *Model {
	k, d := len(p.present), p.features.Columns
	model := &Model{
		C: c, Counts: p.counts, Means: p.scaler.Means, Deviations: p.scaler.Deviations,
		Intercepts: make([]float64, len(p.counts)),
		Loss:       m.value, GradientNorm: largest(m.gradient), Iterations: m.iterations,
	}
	model.Converged = model.GradientNorm <= tolerance
	for class := range p.counts {
		weights := make([]float64, d)
		if p.counts[class] > 0 {
			row := p.row[class]
			copy(weights, m.w[row*d:])
			model.Intercepts[class] = m.w[k*d+row]
		}
		model.Weights = append(model.Weights, weights)
	}
	return model
}
