package logistic

import (
	"context"
	"math"
)

// This file minimises a convex function by L-BFGS (Nocedal and Wright, Numerical
// Optimization, 2nd edition, algorithms 7.4 and 7.5). gonum's calls the function
// on goroutines of its own, while libtorch keeps its number of threads by thread;
// and its first guess of the Hessian is a multiple of the identity, with which
// 768 correlated features take thousands of steps.

const (
	// remembered is how many steps the Hessian is estimated from.
	remembered = 10
	// mostIterations ends a fit that does not converge.
	mostIterations = 1000
)

// minimiser is where a minimisation is.
type minimiser struct {
	// evaluate computes the function at w and writes its gradient.
	evaluate func(ctx context.Context, w, gradient []float64) (float64, error)
	// precondition multiplies by the inverse of a first guess of the Hessian.
	precondition func(v []float64) ([]float64, error)

	w, gradient []float64
	value       float64
	iterations  int
	// scale multiplies precondition.
	scale float64
	past  []step
}

// step is how far one iteration went, and how much the gradient changed.
type step struct {
	moved, changed []float64
	product        float64
}

// run iterates from w until the gradient's largest entry is at most tolerance,
// mostIterations are done, or rounding allows no step that gets lower.
func (m *minimiser) run(ctx context.Context, tolerance float64) error {
	m.gradient = make([]float64, len(m.w))
	m.scale = 1
	var err error
	if m.value, err = m.evaluate(ctx, m.w, m.gradient); err != nil {
		return err
	}
	for m.iterations < mostIterations && largest(m.gradient) > tolerance {
		direction, err := m.direction()
		if err != nil {
			return err
		}
		moved, err := m.search(ctx, direction)
		if err != nil {
			return err
		}
		if !moved {
			if len(m.past) == 0 {
				return nil
			}
			m.past, m.scale = nil, 1 // the estimate may be at fault: once more without it
			continue
		}
		m.iterations++
	}
	return nil
}

// direction is minus the estimate of the inverse Hessian times the gradient.
func (m *minimiser) direction() ([]float64, error) {
	q := make([]float64, len(m.gradient))
	for i, g := range m.gradient {
		q[i] = -g
	}
	shares := make([]float64, len(m.past))
	for i := len(m.past) - 1; i >= 0; i-- {
		past := m.past[i]
		shares[i] = dot(past.moved, q) / past.product
		add(q, -shares[i], past.changed)
	}
	q, err := m.precondition(q)
	if err != nil {
		return nil, err
	}
	for i := range q {
		q[i] *= m.scale
	}
	for i, past := range m.past {
		add(q, shares[i]-dot(past.changed, q)/past.product, past.moved)
	}
	return q, nil
}

// remember keeps a step and rescales the first guess to it (equation 7.20, for a
// guess that is not the identity).
func (m *minimiser) remember(moved, changed []float64) error {
	product := dot(moved, changed)
	// A step along which rounding hides the curvature says nothing of it.
	if product <= 1e-14*math.Sqrt(dot(moved, moved)*dot(changed, changed)) {
		return nil
	}
	image, err := m.precondition(changed)
	if err != nil {
		return err
	}
	if along := dot(changed, image); along > 0 {
		m.scale = product / along
	}
	m.past = append(m.past, step{moved, changed, product})
	if len(m.past) > remembered {
		m.past = m.past[1:]
	}
	return nil
}

func dot(a, b []float64) float64 {
	var sum float64
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// add adds factor times b to a.
func add(a []float64, factor float64, b []float64) {
	for i, x := range b {
		a[i] += factor * x
	}
}
