package logistic

import (
	"context"
	"math"
	"slices"
	"testing"
)

// Convex functions whose minimum is known, and on which a step of length 1 goes
// too far, too short, or uphill.
func TestMinimise(t *testing.T) {
	identity := func(v []float64) ([]float64, error) { return slices.Clone(v), nil }
	for name, f := range map[string]func(x float64) (value, slope float64){
		"too short": func(x float64) (float64, float64) { return 1e-4 * x * x / 2, 1e-4 * x },
		"too far":   func(x float64) (float64, float64) { return 1e4 * x * x / 2, 1e4 * x },
		// Newton's method diverges from beyond 1.
		"flat far away": func(x float64) (float64, float64) { r := math.Sqrt(1 + x*x); return r, x / r },
		"not a number beyond 3": func(x float64) (float64, float64) {
			if math.Abs(x) > 3 {
				return math.NaN(), math.NaN()
			}
			return 50 * x * x, 100 * x
		},
	} {
		m := &minimiser{
			evaluate: func(_ context.Context, w, gradient []float64) (float64, error) {
				var sum float64
				for i, x := range w {
					value, slope := f(x - float64(i)/8)
					sum += value
					gradient[i] = slope
				}
				return sum, nil
			},
			precondition: identity,
			w:            []float64{2.5, -2, 3, 0},
		}
		if err := m.run(t.Context(), 1e-9); err != nil {
			t.Fatal(err)
		}
		for i, x := range m.w {
			if want := float64(i) / 8; math.Abs(x-want) > 2e-5 {
				t.Errorf("%s: coordinate %d ends at %g, want %g", name, i, x, want)
			}
		}
		if m.iterations < 1 || m.iterations >= mostIterations {
			t.Errorf("%s: %d iterations", name, m.iterations)
		}
	}
}

// A function that falls for ever, and one that is not finite at the start, end
// without having converged.
func TestMinimiseEnds(t *testing.T) {
	for name, f := range map[string]func(x float64) (float64, float64){
		"falls":        func(x float64) (float64, float64) { return -x, -1 },
		"not a number": func(float64) (float64, float64) { return math.NaN(), math.NaN() },
	} {
		m := &minimiser{
			evaluate: func(_ context.Context, w, gradient []float64) (value float64, err error) {
				value, gradient[0] = f(w[0])
				return value, nil
			},
			precondition: func(v []float64) ([]float64, error) { return slices.Clone(v), nil },
			w:            []float64{0},
		}
		if err := m.run(t.Context(), 1e-9); err != nil || largest(m.gradient) <= 1e-9 {
			t.Errorf("%s: ends with gradient %v (%v)", name, m.gradient, err)
		}
	}
}
