package nuisance

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/matrix"
	"aeprobe/internal/matrix/matrixtest"
	"aeprobe/internal/torch/torchtest"
)

// fixture is what scikit-learn computes: see expected.py.
type fixture struct {
	Train, Test   [][]float32
	TrainTargets  [][]float32 `json:"train_targets"`
	TestTargets   [][]float32 `json:"test_targets"`
	Held          []int
	SquaredErrors [][]float64 `json:"squared_errors"`
	Results       []Regression
}

func readFixture(t *testing.T) (f fixture, train, test dataSet) {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f, dataSet{of(f.Train...), of(f.TrainTargets...)}, dataSet{of(f.Test...), of(f.TestTargets...)}
}

// of is a matrix of rows.
func of(rows ...[]float32) matrix.Matrix {
	m := matrix.Matrix{Columns: len(rows[0])}
	for _, row := range rows {
		m.Values = append(m.Values, row...)
	}
	return m
}

// The squared errors of the held images decide on the penalties. They are small
// differences of targets up to 50: where a prediction is all but perfect, what is left
// is rounding.
func TestRidgeAsScikitLearn(t *testing.T) {
	torchtest.Pin(t)
	f, train, test := readFixture(t)
	var kept []int
	for i := range train.features.Rows() {
		if !slices.Contains(f.Held, i) {
			kept = append(kept, i)
		}
	}
	s, err := newSolver(t.Context(), train.choose(kept))
	if err != nil {
		t.Fatal(err)
	}
	squares, err := s.squaredErrors(t.Context(), s.models(penalties), train.choose(f.Held))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range slices.Concat(f.SquaredErrors...) {
		if math.Abs(squares[i]-want) > 1e-6*want+1e-12 {
			t.Errorf("target %d, penalty %g: squared error %v, want %v", i/len(penalties), penalties[i%len(penalties)], squares[i], want)
		}
	}
	got, err := ridge(t.Context(), train, test, f.Held)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range f.Results {
		if got[target].Penalty != want.Penalty || math.Abs(got[target].R2-want.R2) > 1e-9 {
			t.Errorf("target %d: %+v, want %+v", target, got[target], want)
		}
	}
}

// A target that is one of the features, or a sum of them, is predicted perfectly; the
// training images' mean is the best guess of what features do not know.
func TestRidgeKnowsAndDoesNot(t *testing.T) {
	torchtest.Pin(t)
	const n, d = 2000, 10
	features, testFeatures := matrixtest.Normal(n, d, 1), matrixtest.Normal(n, d, 2)
	targets := func(m matrix.Matrix, seed uint64) matrix.Matrix {
		other, out := matrixtest.Normal(n, 1, seed), matrix.New(n, 3)
		for i := range n {
			copy(out.Row(i), []float32{m.Row(i)[3], m.Row(i)[0] + m.Row(i)[1], other.Values[i]})
		}
		return out
	}
	got, err := Ridge(t.Context(), features, targets(features, 3), testFeatures, targets(testFeatures, 4), 5)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].R2 < 1-1e-6 || got[1].R2 < 1-1e-6 {
		t.Errorf("a feature and a sum of two: %+v", got[:2])
	}
	// Ten useless weights cost 10/n of R2, its deviation from test images is of the
	// same order.
	if math.Abs(got[2].R2) > 0.02 {
		t.Errorf("random features: %+v", got[2])
	}
	again, err := Ridge(t.Context(), features, targets(features, 3), testFeatures, targets(testFeatures, 4), 5)
	if err != nil || !slices.Equal(again, got) {
		t.Errorf("again it is %+v, not %+v (%v)", again, got, err)
	}
}

// The images' mean colours know the mean colours. Features are the channels' sums,
// apart from Properties.
func TestRidgeOfMeanColour(t *testing.T) {
	torchtest.Pin(t)
	shape := [3]int{3, 4, 4}
	sums := func(pixels []byte) matrix.Matrix {
		m := matrix.New(len(pixels)/48, 3)
		for i, value := range pixels {
			m.Values[i/16] += float32(value)
		}
		return m
	}
	train, test := noise(200*48, 1), noise(100*48, 2)
	names, targets, err := Properties(train, shape)
	if err != nil {
		t.Fatal(err)
	}
	_, testTargets, err := Properties(test, shape)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Ridge(t.Context(), sums(train), targets, sums(test), testTargets, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		known := slices.Contains([]string{"red", "green", "blue", "brightness"}, name)
		if known && got[i].R2 < 1-1e-6 || !known && got[i].R2 > 0.5 {
			t.Errorf("%s: %+v", name, got[i])
		}
	}
}

func TestRidgeOfConstantTarget(t *testing.T) {
	torchtest.Pin(t)
	x, constant, other := matrixtest.Normal(20, 2, 1), matrix.New(20, 1), matrix.New(20, 1)
	for i := range 20 {
		constant.Values[i], other.Values[i] = 0.25, 0.5
	}
	if got, err := Ridge(t.Context(), x, constant, x, constant, 1); err != nil || got[0].R2 != 1 {
		t.Errorf("the same constant: %+v (%v)", got, err)
	}
	if got, err := Ridge(t.Context(), x, constant, x, other, 1); err != nil || got[0].R2 != 0 {
		t.Errorf("another constant: %+v (%v)", got, err)
	}
}

func TestRidgeRefusals(t *testing.T) {
	torchtest.Pin(t)
	x, y := matrixtest.Normal(20, 2, 1), matrixtest.Normal(20, 1, 2)
	diverged := matrixtest.Normal(20, 2, 1)
	diverged.Row(3)[1] = float32(math.Inf(1))
	for name, c := range map[string]struct {
		features, targets, testFeatures, testTargets matrix.Matrix
		message                                      string
	}{
		"few images":   {x.Slice(0, 9), y.Slice(0, 9), x, y, "9 images: pass at least 10"},
		"rows":         {x, y.Slice(0, 19), x, y, "training features of 20 images with targets of 19"},
		"test rows":    {x, y, x, y.Slice(0, 19), "test features of 20 images with targets of 19"},
		"no test":      {x, y, x.Slice(0, 0), y.Slice(0, 0), "test features of 0 images"},
		"columns":      {x, y, y, y, "2 features and 1 targets to train on, 1 and 1 to test"},
		"NaN":          {diverged, y, x, y, "feature 1 (from 0) holds NaN"},
		"NaN target":   {x, diverged, x, diverged, "targets of the regression"},
		"NaN to test":  {x, y, diverged, y, "to predict hold NaN"},
		"NaN to test2": {x, x, x, diverged, "to predict hold NaN"},
	} {
		if _, err := Ridge(t.Context(), c.features, c.targets, c.testFeatures, c.testTargets, 1); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Ridge(ended, x, y, x, y, 1); err != context.Canceled {
		t.Errorf("after ctx ended: %v", err)
	}
}
