package logistic

import (
	"math"
	"math/rand/v2"
	"testing"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch/torchtest"
)

// The gradient against central differences of the loss, at random coefficients,
// with a constant feature, missing classes and more than one block.
func TestGradient(t *testing.T) {
	torchtest.Pin(t)
	features, labels := generate(blockValues/8+9, 8, []int{0, 2, 2, 5}, 3)
	p := newProblem(t, features, labels, 7)
	random := rand.New(rand.NewPCG(1, 2))
	w := make([]float64, p.size())
	if len(w) != 3*9 {
		t.Fatalf("%d coefficients, want 3 classes' 8 weights and an intercept", len(w))
	}
	for i := range w {
		w[i] = random.NormFloat64()
	}
	gradient, unused := make([]float64, len(w)), make([]float64, len(w))
	const penalty = 0.3
	if _, err := p.evaluate(t.Context(), penalty, w, gradient); err != nil {
		t.Fatal(err)
	}
	const h = 1e-4
	for i, at := range w {
		var loss [2]float64
		for side, x := range []float64{at - h, at + h} {
			w[i] = x
			var err error
			if loss[side], err = p.evaluate(t.Context(), penalty, w, unused); err != nil {
				t.Fatal(err)
			}
		}
		w[i] = at
		// The differences' error is h^2 / 6 times a third derivative, which is
		// below 1 for features of deviation 1, and rounding over h.
		if want := (loss[1] - loss[0]) / (2 * h); math.Abs(gradient[i]-want) > 1e-7 {
			t.Errorf("entry %d of the gradient is %.10f, by differences %.10f", i, gradient[i], want)
		}
	}
}

// Standardising within the products costs no digits: features whose mean is
// about 2^17 times their deviation have the loss and the gradient of the same
// features less 2^22.
func TestFarFromZero(t *testing.T) {
	torchtest.Pin(t)
	near, labels := generate(60, 5, []int{0, 1, 2}, 1)
	for i, x := range near.Values {
		near.Values[i] = float32(math.Round(float64(x)))
	}
	far := near.Select(index(60))
	for i := range far.Values {
		far.Values[i] += 1 << 22 // exact: float32 holds whole numbers up to 2^24
	}
	var losses [2]float64
	var gradients [2][]float64
	for side, features := range []matrix.Matrix{near, far} {
		p := newProblem(t, features, labels, 3)
		w := make([]float64, p.size())
		for i := range w {
			w[i] = float64(noise(7, i, 0)) / 100
		}
		gradients[side] = make([]float64, len(w))
		var err error
		if losses[side], err = p.evaluate(t.Context(), 0.1, w, gradients[side]); err != nil {
			t.Fatal(err)
		}
	}
	// 2^17 times the precision of a float64, for numbers below 10, is 1e-10.
	if math.Abs(losses[1]-losses[0]) > 1e-9 {
		t.Errorf("the loss is %.12f, near zero %.12f", losses[1], losses[0])
	}
	for i, want := range gradients[0] {
		if got := gradients[1][i]; math.Abs(got-want) > 1e-9 {
			t.Errorf("entry %d of the gradient is %.12f, near zero %.12f", i, got, want)
		}
	}
}

func index(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
