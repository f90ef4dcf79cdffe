package knn

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aeprobe/internal/matrix"
	"aeprobe/internal/matrix/matrixtest"
)

// From scikit-learn 1.9.1, by testdata/expected.py: KNeighborsClassifier with the
// metric cosine and weights exp(cosine / temperature). Its training set lacks a
// class and has fewer than 200 images.
func TestPredictLikeScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Classes, Columns int
		Labels           []int
		Train, Test      []float32
		Cases            []struct {
			Normalize   string
			Temperature float64
			K           []int
			Predicted   [][]int
		}
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	train, test := matrixtest.Rows(t, want.Columns, want.Train...), matrixtest.Rows(t, want.Columns, want.Test...)
	for _, c := range want.Cases {
		got, err := Predict(t.Context(), train, bytesOf(want.Labels), test, Options{c.K, c.Temperature, c.Normalize, want.Classes})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range got {
			if !slices.Equal(p.Labels, bytesOf(c.Predicted[i])) {
				t.Errorf("%s, temperature %g, k %d: predicted %v, scikit-learn %v", c.Normalize, c.Temperature, p.K, p.Labels, c.Predicted[i])
			}
			if p.K != c.K[i] || p.Neighbours != min(p.K, train.Rows()) {
				t.Errorf("k %d: says that %d of k %d voted", c.K[i], p.Neighbours, p.K)
			}
		}
	}
	if len(want.Cases) == 0 {
		t.Error("no case")
	}
}

func bytesOf(numbers []int) []byte {
	made := make([]byte, len(numbers))
	for i, n := range numbers {
		made[i] = byte(n)
	}
	return made
}

// By hand, with cosines that are exact. Training rows 0 to 4 have cosines 0, 1,
// 1, 0, -1 with the test row and labels 3, 2, 1, 1, 0.
func TestTies(t *testing.T) {
	train := matrixtest.Rows(t, 2, 0, 1, 1, 0, 1, 0, 0, 1, -1, 0)
	test := matrixtest.Rows(t, 2, 1, 0)
	got, err := Predict(t.Context(), train, []byte{3, 2, 1, 1, 0}, test, Options{[]int{4, 1, 2, 3, 1000}, 0.5, L2, 10})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		label      byte
		neighbours int
	}{
		{1, 4}, // class 1 has exp(2) and exp(0), class 2 has exp(2)
		{2, 1}, // rows 1 and 2 are equally near: the lower
		{1, 2}, // classes 1 and 2 have the same score: the lower
		{1, 3}, // row 0, of class 3, comes before row 3
		{1, 5}, // more than there are
	} {
		if got[i].Labels[0] != want.label || got[i].Neighbours != want.neighbours {
			t.Errorf("k %d: class %d from %d neighbours, want %v", got[i].K, got[i].Labels[0], got[i].Neighbours, want)
		}
	}
}

// exp(1/0.001) is infinite in float64; relative to the nearest it is 1. Ten
// neighbours at cosine 0.6 weigh nothing against one at cosine 1, unless the
// temperature is so high that neighbours count alike.
func TestTemperature(t *testing.T) {
	train := matrix.New(11, 2)
	labels := make([]byte, 11)
	for i := range 10 {
		copy(train.Row(i), []float32{3, 4})
	}
	copy(train.Row(10), []float32{1, 0})
	labels[10] = 1
	test := matrixtest.Rows(t, 2, 1, 0)
	for temperature, want := range map[float64]byte{1e-300: 1, 0.001: 1, 0.1: 1, 0.2: 0, 1e300: 0} {
		// By hand: 1 against 10 exp(-0.4/T), which is 0.18 at 0.1 and 1.35 at 0.2.
		got, err := Predict(t.Context(), train, labels, test, Options{[]int{11}, temperature, L2, 2})
		if err != nil || got[0].Labels[0] != want {
			t.Errorf("temperature %g: %v, want class %d (%v)", temperature, got, want, err)
		}
	}
}

// DINO's knn_classifier fails for fewer than 100 test images, and its top 5 counts
// classes without votes if k is below 5; others take the classes from the test
// labels. Here classes 1 and 2 of 7 have training images, and the labels are the
// features.
func TestEverySize(t *testing.T) {
	train, labels := matrix.New(9, 3), make([]byte, 9)
	for i := range labels {
		labels[i] = byte(1 + i%2)
		train.Row(i)[labels[i]] = float32(i + 1)
	}
	for n := range 151 {
		test, want := matrix.New(n, 3), make([]byte, n)
		for i := range want {
			want[i] = byte(1 + i%3%2)
			test.Row(i)[want[i]] = 2
		}
		got, err := Predict(t.Context(), train, labels, test, Options{[]int{1, 3, 200}, 0.07, L2, 7})
		if err != nil {
			t.Fatalf("%d test images: %v", n, err)
		}
		for _, p := range got {
			if !slices.Equal(p.Labels, want) {
				t.Errorf("%d test images, k %d: %v, want %v", n, p.K, p.Labels, want)
			}
		}
	}
}

// CL2N sees a difference that L2 leaves to the far larger mean. By hand: less
// their mean, (100, 100), rows 0 and 1 are (1, 0) and (-1, 0), and the test row is
// (0.5, 5). Its cosine is positive with row 0, although row 1 is nearer in angle.
func TestCL2N(t *testing.T) {
	train := matrixtest.Rows(t, 2, 101, 100, 99, 100)
	test := matrixtest.Rows(t, 2, 100.5, 105)
	for normalize, want := range map[string]byte{L2: 1, CL2N: 0} {
		got, err := Predict(t.Context(), train, []byte{0, 1}, test, Options{[]int{1}, 0.1, normalize, 2})
		if err != nil || got[0].Labels[0] != want {
			t.Errorf("%s: %v, want class %d (%v)", normalize, got, want, err)
		}
	}
}

// A full sort is the oracle. Few distinct values make many ties.
func TestSelectNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		similarities := rapid.SliceOfN(rapid.Map(rapid.IntRange(-9, 9), func(i int) float32 { return float32(i) / 8 }), 1, 200).Draw(t, "similarities")
		k := rapid.IntRange(1, len(similarities)).Draw(t, "k")
		all := make([]int, len(similarities))
		for i := range all {
			all[i] = i
		}
		slices.SortStableFunc(all, func(a, b int) int { return int(8*similarities[b]) - int(8*similarities[a]) })
		nearest := make([]neighbour, k)
		selectNearest(similarities, nearest)
		for i, n := range nearest {
			if int(n.index) != all[i] || n.similarity != similarities[all[i]] {
				t.Fatalf("neighbour %d is %v, want image %d", i, n, all[i])
			}
		}
	})
}

func TestRefused(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	good := Options{[]int{1}, 0.1, L2, 2}
	two := matrixtest.Rows(t, 2, 1, 0, 0, 1)
	for name, c := range map[string]struct {
		train, test matrix.Matrix
		labels      []byte
		o           Options
		want        string
	}{
		"no k":          {two, two, []byte{0, 1}, Options{nil, 0.1, L2, 2}, "no k"},
		"k of 0":        {two, two, []byte{0, 1}, Options{[]int{5, 0}, 0.1, L2, 2}, "k is 0"},
		"temperature 0": {two, two, []byte{0, 1}, Options{[]int{1}, 0, L2, 2}, "temperature"},
		"NaN":           {two, two, []byte{0, 1}, Options{[]int{1}, math.NaN(), L2, 2}, "temperature"},
		"normalisation": {two, two, []byte{0, 1}, Options{[]int{1}, 0.1, "", 2}, "l2 or cl2n"},
		"classes":       {two, two, []byte{0, 1}, Options{[]int{1}, 0.1, L2, 0}, "0 classes"},
		"no training":   {matrix.New(0, 2), two, nil, good, "no training images"},
		"columns":       {two, matrixtest.Rows(t, 1, 1), []byte{0, 1}, good, "2 features and test images 1"},
		"labels":        {two, two, []byte{0}, good, "1 labels for 2"},
		"label":         {two, two, []byte{0, 2}, good, "image 1 has label 2"},
		"train NaN":     {matrixtest.Rows(t, 2, 1, 0, 0, nan), two, []byte{0, 1}, good, "feature 1 of training image 1"},
		"test infinite": {two, matrixtest.Rows(t, 2, inf, 0), []byte{0, 1}, good, "feature 0 of test image 0"},
	} {
		if _, err := Predict(t.Context(), c.train, c.labels, c.test, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", name, err, c.want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Predict(ended, two, []byte{0, 1}, two, good); !errors.Is(err, context.Canceled) {
		t.Errorf("after ctx ended: %v", err)
	}
}

// The rows' own cost, without the product.
func BenchmarkSelectNearest(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 0))
	similarities := make([]float32, 50000)
	for i := range similarities {
		similarities[i] = r.Float32()
	}
	nearest := make([]neighbour, 200)
	for b.Loop() {
		selectNearest(similarities, nearest)
	}
}

func BenchmarkPredict(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 0))
	random := func(n int) matrix.Matrix {
		m := matrix.New(n, 48)
		for i := range m.Values {
			m.Values[i] = float32(r.NormFloat64())
		}
		return m
	}
	train, test := random(50000), random(1000)
	for b.Loop() {
		if _, err := Predict(b.Context(), train, make([]byte, 50000), test, Options{[]int{1, 5, 20, 200}, 0.07, L2, 10}); err != nil {
			b.Fatal(err)
		}
	}
}
