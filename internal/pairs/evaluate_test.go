package pairs

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"aeprobe/internal/matrix"
	"aeprobe/internal/matrix/matrixtest"
)

func drawn(t testing.TB, labels []byte) *Set {
	t.Helper()
	s, err := Draw(labels, Options{Classes: []byte{0, 1, 2}, Folds: 10, PerFold: 300, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLabelsAsFeatures(t *testing.T) {
	labels := labelled(3000, 3)
	features := matrix.New(3000, 3)
	for i, label := range labels {
		features.Row(i)[label] = 1
	}
	for _, similarity := range []string{Cosine, Euclidean} {
		r, err := drawn(t, labels).Evaluate(t.Context(), features, Scoring{Similarity: similarity, Draws: 50})
		if err != nil {
			t.Fatal(err)
		}
		if r.AUC != 1 || r.EER != 0 || r.TPRAtFPR10 != 1 || r.TPRAtFPR1 != 1 || r.Accuracy != 1 || r.AccuracyError != 0 || r.AUCInterval95 != [2]float64{1, 1} {
			t.Errorf("%s: %+v, want no error", similarity, r)
		}
		if r.Same != 3000 || r.Different != 3000 || r.Folds != 10 || r.Images < 2900 || r.Images > 3000 {
			t.Errorf("counts of %+v", r)
		}
	}
}

// Noise: the standard error of an AUC of 0.5 from 3,000 + 3,000 independent pairs is
// sqrt(6001 / (12 x 3,000²)) = 0.0075 (Hanley and McNeil 1982); five of them are
// allowed, since an image is in several pairs, and two on average over both similarities
// of four noises, which leaves that out: 0.5 ± 0.015. TPR is FPR.
func TestChance(t *testing.T) {
	labels := labelled(3000, 3)
	var areas []float64
	for noise := range uint64(4) {
		for _, similarity := range []string{Cosine, Euclidean} {
			r, err := drawn(t, labels).Evaluate(t.Context(), matrixtest.Normal(3000, 16, 10+noise), Scoring{Similarity: similarity, Draws: 2})
			if err != nil {
				t.Fatal(err)
			}
			areas = append(areas, r.AUC)
		}
	}
	if mean, _ := meanAndError(areas); math.Abs(mean-0.5) > 0.015 {
		t.Errorf("AUC of noise is %g on average, by noise %v", mean, areas)
	}
	for _, similarity := range []string{Cosine, Euclidean} {
		r, err := drawn(t, labels).Evaluate(t.Context(), matrixtest.Normal(3000, 16, 3), Scoring{Similarity: similarity, Draws: 200})
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]float64{"AUC": r.AUC, "EER": r.EER, "accuracy": r.Accuracy} {
			if math.Abs(value-0.5) > 0.0375 {
				t.Errorf("%s: %s of noise is %g", similarity, name, value)
			}
		}
		if math.Abs(r.TPRAtFPR10-0.1) > 0.04 || math.Abs(r.TPRAtFPR1-0.01) > 0.02 {
			t.Errorf("%s: TPR of noise is %g and %g", similarity, r.TPRAtFPR10, r.TPRAtFPR1)
		}
		if low, high := r.AUCInterval95[0], r.AUCInterval95[1]; !(low < r.AUC && r.AUC < high) {
			t.Errorf("%s: interval %v does not hold %g", similarity, r.AUCInterval95, r.AUC)
		}
	}
}

// By hand: (3, 4) and (4, 3) have cosine 24/25 and distance sqrt(2); less (3, 3), they
// are (0, 1) and (1, 0), and as far apart.
func TestSimilarities(t *testing.T) {
	s := &Set{Folds: [][]Pair{{{0, 1, true}}}}
	features := matrixtest.Rows(t, 2, 3, 4, 4, 3)
	for _, c := range []struct {
		similarity string
		center     []float64
		want       float64
	}{{Cosine, nil, 0.96}, {Cosine, []float64{3, 3}, 0}, {Euclidean, nil, -2}, {Euclidean, []float64{3, 3}, -2}, {Cosine, []float64{3, 4}, 0}} {
		if got := s.rank(features, c.similarity, c.center)[0].score; !near(got, c.want) {
			t.Errorf("%s less %v: %g, want %g", c.similarity, c.center, got, c.want)
		}
	}
}

// By hand: of three images, every one is in a pair that cannot be missed, so that
// only draws of each once leave pairs of both kinds. Their AUC is 1/2.
func TestBootstrapWeighsByBothImages(t *testing.T) {
	ranked := []scored{{Pair{1, 2, false}, 0, 3}, {Pair{0, 1, true}, 0, 2}, {Pair{0, 2, false}, 0, 1}}
	if got, err := bootstrap(t.Context(), ranked, 50, 1); err != nil || got != [2]float64{0.5, 0.5} {
		t.Errorf("interval %v, want 0.5 alone (%v)", got, err)
	}
}

// The interval against the truth, the spread of AUCs over new images: each image
// has a quality, and the score of a same pair rises with both of its images'. A
// bootstrap over pairs finds about a third of it.
func TestBootstrap(t *testing.T) {
	const images, repeats = 60, 200
	r := rand.New(rand.NewPCG(9, 0))
	score := func() []scored {
		var quality [images]float64
		for i := range quality {
			quality[i] = r.NormFloat64()
		}
		var ranked []scored
		for range 300 { // 10 pairs for each image
			a, b := r.IntN(images), r.IntN(images/2)
			ranked = append(ranked, scored{Pair: Pair{a, b, true}, score: 1 + quality[a] + quality[b] + r.NormFloat64()/4})
			ranked = append(ranked, scored{Pair: Pair{a, b, false}, score: r.NormFloat64()})
		}
		sortByScore(ranked)
		return ranked
	}
	var areas []float64
	for range repeats {
		area, _ := auc(score(), one)
		areas = append(areas, area)
	}
	_, standardError := meanAndError(areas)
	deviation := standardError * math.Sqrt(repeats)
	var width float64
	for range 10 {
		interval, err := bootstrap(t.Context(), score(), 200, 1)
		if err != nil {
			t.Fatal(err)
		}
		width += (interval[1] - interval[0]) / 10
	}
	if ratio := width / (2 * 1.96 * deviation); ratio < 0.75 || ratio > 1.6 {
		t.Errorf("the intervals are %g times as wide as the AUC varies", ratio)
	}
	ranked := score()
	first, _ := bootstrap(t.Context(), ranked, 100, 1)
	again, _ := bootstrap(t.Context(), ranked, 100, 1)
	other, _ := bootstrap(t.Context(), ranked, 100, 2)
	if first != again || first == other {
		t.Errorf("intervals %v, %v and, from another seed, %v", first, again, other)
	}
}

// From numpy: quantile([1, 2, 4, 8], [0.025, 0.5, 1]) is [1.075, 3, 8].
func TestQuantile(t *testing.T) {
	sorted := []float64{1, 2, 4, 8}
	if a, b, c := quantile(sorted, 0.025), quantile(sorted, 0.5), quantile(sorted, 1); !near(a, 1.075) || b != 3 || c != 8 {
		t.Errorf("quantiles %g, %g, %g", a, b, c)
	}
}

func TestEvaluateRefuses(t *testing.T) {
	s := &Set{Folds: [][]Pair{{{0, 1, true}, {0, 2, false}}, {{3, 4, true}, {3, 5, false}}}}
	features := matrixtest.Normal(6, 2, 1)
	broken := matrixtest.Normal(6, 2, 1)
	broken.Values[5] = float32(math.NaN())
	for want, c := range map[string]struct {
		features matrix.Matrix
		o        Scoring
	}{
		"unknown similarity":          {features, Scoring{"cos", nil, 5, 0}},
		"0 bootstrap draws":           {features, Scoring{Cosine, nil, 0, 0}},
		"image 5 is in a pair":        {matrixtest.Normal(5, 2, 1), Scoring{Cosine, nil, 5, 0}},
		"feature 1 of image 2 is NaN": {broken, Scoring{Cosine, nil, 5, 0}},
		"has 1 features of 2":         {features, Scoring{Cosine, []float64{0}, 5, 0}},
		"feature 0 of the mean":       {features, Scoring{Cosine, []float64{math.Inf(1), 0}, 5, 0}},
	} {
		if _, err := s.Evaluate(t.Context(), c.features, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Evaluate(ended, features, Scoring{Cosine, nil, 5, 0}); !errors.Is(err, context.Canceled) {
		t.Errorf("after ctx ended: %v", err)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	labels := labelled(3000, 3)
	s, features := drawn(b, labels), matrixtest.Normal(3000, 768, 1)
	for b.Loop() {
		if _, err := s.Evaluate(b.Context(), features, Scoring{Similarity: Cosine, Draws: 2000}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	labels := labelled(10000, 10)
	for b.Loop() {
		if _, err := Draw(labels, Options{Classes: []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, Folds: 10, PerFold: 300}); err != nil {
			b.Fatal(err)
		}
	}
}
