package logistic

import (
	"math"
	"testing"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch/torchtest"
)

// The preconditioner's product, multiplied by the Hessian's blocks at W = 0 as
// they are defined, is the vector again, with more images than features and
// with fewer.
func TestPrecondition(t *testing.T) {
	torchtest.Pin(t)
	for _, images := range []int{50, 8} {
		const d, classes, penalty = 12, 3, 0.05
		features, labels := generate(images, d, []int{0, 1, 2}, 5)
		p := newProblem(t, features, labels, classes)
		if len(p.present) != classes {
			t.Fatalf("%d classes have images", len(p.present))
		}
		if err := p.measure(t.Context()); err != nil {
			t.Fatal(err)
		}
		guess, err := p.precondition(penalty)
		if err != nil {
			t.Fatal(err)
		}
		defer guess.drop()
		v := make([]float64, p.size())
		for i := range v {
			v[i] = float64(noise(9, i, 0)) / 100
		}
		solved, err := guess.apply(v)
		if err != nil {
			t.Fatal(err)
		}
		hessian := hessianAtZero(features, classes, penalty)
		for c := range classes {
			for i := range d {
				got := dot(hessian[i*d:(i+1)*d], solved[c*d:(c+1)*d])
				if want := v[c*d+i]; math.Abs(got-want) > 1e-9 {
					t.Errorf("%d images: entry %d of class %d is %.12f, want %.12f", images, i, c, got, want)
				}
			}
			if got, want := solved[classes*d+c], classes*v[classes*d+c]; got != want {
				t.Errorf("%d images: intercept %d is %v, want %v", images, c, got, want)
			}
		}
	}
}

// hessianAtZero is S / classes + penalty I, [d, d].
func hessianAtZero(features matrix.Matrix, classes int, penalty float64) []float64 {
	n, d := features.Rows(), features.Columns
	scaler := matrix.NewScaler(features)
	made := make([]float64, d*d)
	for r := range n {
		z := make([]float64, d)
		for j, x := range features.Row(r) {
			if scaler.Deviations[j] > 0 {
				z[j] = (float64(x) - scaler.Means[j]) / scaler.Deviations[j]
			}
		}
		for i := range d {
			add(made[i*d:(i+1)*d], z[i]/float64(n*classes), z)
		}
	}
	for i := range d {
		made[i*d+i] += penalty
	}
	return made
}
