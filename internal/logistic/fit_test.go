package logistic

import (
	"bytes"
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch/torchtest"
)

// Features that are all constant leave the intercepts, whose optimum is known:
// the logarithms of the classes' shares, up to a number added to all.
func TestConstantFeatures(t *testing.T) {
	torchtest.Pin(t)
	features := matrix.New(8, 2)
	for i := range features.Values {
		features.Values[i] = 0.1 // a mean that rounds
	}
	model := fit(t, newProblem(t, features, []byte{1, 1, 1, 1, 1, 0, 0, 3}, 4), 1, nil)
	if want := -(5./8*math.Log(5./8) + 2./8*math.Log(2./8) + 1./8*math.Log(1./8)); math.Abs(model.Loss-want) > 1e-9 {
		t.Errorf("the loss is %v, want the labels' entropy, %v", model.Loss, want)
	}
	if got := model.Intercepts[1] - model.Intercepts[3]; math.Abs(got-math.Log(5)) > 1e-4 {
		t.Errorf("the intercepts differ by %v, want ln 5", got)
	}
	nats, err := model.NegativeLogLikelihood(t.Context(), features.Slice(0, 2), []byte{0, 2})
	if err != nil || math.Abs(nats[0]-math.Log(4)) > 1e-4 || !math.IsInf(nats[1], 1) {
		t.Errorf("-ln p of a quarter and of a class without images are %v (%v)", nats, err)
	}
	bits, err := model.CodeLengths(t.Context(), features.Slice(0, 2), []byte{0, 2})
	// By hand: (8/4 + 1/4) / 9 = 1/4, and (0 + 1/4) / 9 = 1/36.
	if err != nil || math.Abs(bits[0]-2) > 1e-4 || math.Abs(bits[1]-math.Log2(36)) > 1e-12 {
		t.Errorf("code lengths are %v (%v), want 2 and log2 36", bits, err)
	}
}

func TestSingleClass(t *testing.T) {
	torchtest.Pin(t)
	features, _ := generate(6, 4, ten, 1)
	model := fit(t, newProblem(t, features, []byte{3, 3, 3, 3, 3, 3}, 5), 1, nil)
	if !model.Converged || model.Loss != 0 {
		t.Errorf("converged is %v at a loss of %v, want 0", model.Converged, model.Loss)
	}
	predicted, err := model.Predict(t.Context(), features)
	if err != nil || string(predicted) != "\x03\x03\x03\x03\x03\x03" {
		t.Errorf("predicted %v (%v)", predicted, err)
	}
}

// Classes that can be separated perfectly, almost without a penalty: no overflow,
// and every image right, with more images than features and with fewer.
func TestSeparable(t *testing.T) {
	torchtest.Pin(t)
	for _, images := range []int{40, 5} {
		features, labels := generate(images, 8, []int{0, 4}, 1)
		for i, label := range labels {
			features.Row(i)[0] = float32(label)
		}
		model := fit(t, newProblem(t, features, labels, 6), 1e8, nil)
		predicted, err := model.Predict(t.Context(), features)
		if err != nil || string(predicted) != string(labels) {
			t.Errorf("predicted %v (%v), want %v", predicted, err, labels)
		}
		if !model.Converged || !(model.Loss < 1e-4) {
			t.Errorf("converged is %v at a loss of %v", model.Converged, model.Loss)
		}
	}
}

// Wherever a fit starts, it ends in the same place: also from a model that knew
// other classes.
func TestStart(t *testing.T) {
	torchtest.Pin(t)
	features, labels := generate(200, 10, []int{0, 1, 2}, 1)
	p := newProblem(t, features, labels, 4)
	cold := fit(t, p, 1, nil)
	others, otherLabels := generate(200, 10, []int{1, 3}, 3)
	start := fit(t, newProblem(t, others, otherLabels, 4), 0.01, nil)
	warm := fit(t, p, 1, start)
	if math.Abs(warm.Loss-cold.Loss) > 1e-8 {
		t.Errorf("the loss is %.12f, from zero %.12f", warm.Loss, cold.Loss)
	}
	for class := range cold.Weights {
		if math.Abs(warm.Intercepts[class]-cold.Intercepts[class]) > 1e-3 {
			t.Errorf("intercept %d is %v, from zero %v", class, warm.Intercepts[class], cold.Intercepts[class])
		}
	}
	if again := fit(t, p, 1, cold); again.Iterations != 0 {
		t.Errorf("a fit from its own end takes %d iterations", again.Iterations)
	}
}

func TestSameBits(t *testing.T) {
	torchtest.Pin(t)
	features, labels := generate(300, 20, ten, 1)
	a, b := fit(t, newProblem(t, features, labels, 10), 1, nil), fit(t, newProblem(t, features, labels, 10), 1, nil)
	if !reflect.DeepEqual(a, b) {
		t.Error("two fits of the same images differ")
	}
}

func TestRefusals(t *testing.T) {
	torchtest.Pin(t)
	features, labels := generate(20, 4, []int{0, 1}, 1)
	p := newProblem(t, features, labels, 2)
	model := fit(t, p, 1, nil)
	broken := features.Select(index(20))
	broken.Row(3)[1] = float32(math.NaN())
	narrow, _ := generate(20, 3, []int{0, 1}, 1)
	for name, err := range map[string]error{
		"feature 1 of image 3":    second(NewProblem(broken, labels, 2)),
		"20 images, but 19":       second(NewProblem(features, labels[:19], 2)),
		"only 1 classes":          second(NewProblem(features, labels, 1)),
		"at least one image":      second(NewProblem(features.Slice(0, 0), nil, 2)),
		"C is 0":                  second(p.Fit(t.Context(), 0, nil)),
		"C is NaN":                second(p.Fit(t.Context(), math.NaN(), nil)),
		"2 classes and 3":         second(newProblem(t, narrow, labels, 2).Fit(t.Context(), 1, model)),
		"counts of 0 classes":     second(p.Fit(t.Context(), 1, &Model{})),
		"these are 3":             second(model.Predict(t.Context(), narrow)),
		"there are only 2":        second(model.NegativeLogLikelihood(t.Context(), features, bytes.Repeat([]byte{9}, 20))),
		"features of 20 images, ": second(model.CodeLengths(t.Context(), features, nil)),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want an error with %q", err, name)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newProblem(t, features, labels, 2).Fit(ended, 1, nil); err != context.Canceled {
		t.Errorf("a fit whose context has ended: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
