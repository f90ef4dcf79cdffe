package logistic

import (
	"math"
	"strings"
	"testing"

	"aeprobe/internal/torch/torchtest"
)

// scikit-learn's coefficients, loss and predictions, 10,000 of the largest problem's, by
// testdata/expected.py.
func TestScikitLearn(t *testing.T) {
	torchtest.Pin(t)
	for _, name := range []string{"overdetermined", "underdetermined", "missing", "two", "larger"} {
		t.Run(name, func(t *testing.T) {
			torchtest.Pin(t)
			e := readExpected(t, name)
			features, labels := generate(e.Images, e.Features, e.Pattern, e.First)
			model := fit(t, newProblem(t, features, labels, 10), e.C, nil)
			if !model.Converged || model.GradientNorm > Tolerance {
				t.Errorf("converged is %v, with a gradient norm of %g", model.Converged, model.GradientNorm)
			}
			// The least loss is at most |g|^2 / (2 lambda) below, for weights, and
			// the penalty lambda is the least curvature.
			coefficients := float64(len(e.Pattern) * (e.Features + 1))
			if bound := coefficients * Tolerance * Tolerance * e.C * float64(e.Images); math.Abs(model.Loss-e.Loss) > bound+1e-12 {
				t.Errorf("the loss is %.12f, scikit-learn's is %.12f", model.Loss, e.Loss)
			}
			row := 0
			for class, count := range model.Counts {
				if count == 0 || e.Weights == nil {
					continue
				}
				for j, want := range e.Weights[row] {
					if got := model.Weights[class][j]; math.Abs(got-want) > 1e-4 {
						t.Errorf("weight %d of class %d is %.7f, scikit-learn's is %.7f", j, class, got, want)
					}
				}
				if got, want := model.Intercepts[class], e.Intercepts[row]; math.Abs(got-want) > 1e-4 {
					t.Errorf("the intercept of class %d is %.7f, scikit-learn's is %.7f", class, got, want)
				}
				row++
			}
			if row != len(e.Weights) {
				t.Errorf("%d classes have images, in scikit-learn's model %d", row, len(e.Weights))
			}
			if ties := strings.Count(e.Predicted, "?"); name == "larger" && len(e.Predicted) != 10000 || ties > 10 {
				t.Errorf("%d predictions, %d of them near a tie", len(e.Predicted), ties)
			}
			test, _ := generate(len(e.Predicted), e.Features, e.Pattern, e.First+1)
			predicted, err := model.Predict(t.Context(), test)
			if err != nil {
				t.Fatal(err)
			}
			for i, label := range predicted {
				if want := e.Predicted[i] - '0'; label != want && e.Predicted[i] != '?' {
					t.Errorf("image %d is predicted as %d, by scikit-learn as %d", i, label, want)
				}
			}
		})
	}
}
