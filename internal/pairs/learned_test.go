package pairs

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"aeprobe/internal/logistic"
	"aeprobe/internal/matrix"
	"aeprobe/internal/matrix/matrixtest"
	"aeprobe/internal/torch/torchtest"
)

// From scikit-learn, by testdata/learned.py: StandardScaler and LogisticRegression of
// the other folds' |a - b|, with one C. Its script refuses scores that rounding could
// turn.
func TestLearnLikeScikitLearn(t *testing.T) {
	torchtest.Pin(t)
	text, err := os.ReadFile("testdata/learned.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		C                float64
		Features         [][]float32
		Folds            [][][3]int
		AUC, Accuracy    []float64
		AUCMean          float64 `json:"auc_mean"`
		AUCStandardError float64 `json:"auc_standard_error"`
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	features := matrix.Matrix{Columns: len(want.Features[0])}
	for _, row := range want.Features {
		features.Values = append(features.Values, row...)
	}
	s := new(Set)
	for _, fold := range want.Folds {
		var pairs []Pair
		for _, p := range fold {
			pairs = append(pairs, Pair{p[0], p[1], p[2] == 1})
		}
		s.Folds = append(s.Folds, pairs)
	}
	got, err := s.Learn(t.Context(), features, []float64{want.C}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for fold := range want.AUC {
		if !near(got.FoldAUCs[fold], want.AUC[fold]) || !near(got.FoldAccuracies[fold], want.Accuracy[fold]) || got.C[fold] != want.C {
			t.Errorf("fold %d: AUC %g, accuracy %g with C %g; want %g and %g", fold, got.FoldAUCs[fold], got.FoldAccuracies[fold], got.C[fold], want.AUC[fold], want.Accuracy[fold])
		}
	}
	if !near(got.AUC, want.AUCMean) || math.Abs(got.AUCError-want.AUCStandardError) > 1e-12 || got.Unconverged > 0 {
		t.Errorf("%+v, want a mean of %g ± %g", got, want.AUCMean, want.AUCStandardError)
	}
}

// One of 40 features tells the classes, and far larger noise hides it from a
// similarity. That is what is learned; and of noise alone, nothing.
func TestLearnFindsWhatASimilarityDoesNot(t *testing.T) {
	torchtest.Pin(t)
	labels := labelled(1500, 3)
	set, err := Draw(labels, Options{Classes: []byte{0, 1, 2}, Folds: 5, PerFold: 100, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	features := matrixtest.Normal(1500, 40, 3)
	noise, err := set.Learn(t.Context(), features, logistic.Grid(), 1)
	// 0.5 ± 5 standard errors of 500 + 500 pairs.
	if err != nil || math.Abs(noise.AUC-0.5) > 0.092 || math.Abs(noise.Accuracy-0.5) > 0.08 {
		t.Errorf("of noise: %+v (%v)", noise, err)
	}
	for i, label := range labels {
		features.Row(i)[7] = 0.1 * float32(label)
	}
	plain, err := set.Evaluate(t.Context(), features, Scoring{Similarity: Euclidean, Draws: 10})
	if err != nil {
		t.Fatal(err)
	}
	learned, err := set.Learn(t.Context(), features, logistic.Grid(), 1)
	if err != nil || learned.AUC < 0.99 || learned.Accuracy < 0.95 || plain.AUC > 0.6 {
		t.Errorf("learned %+v (%v), by distance %g", learned, err, plain.AUC)
	}
}

func TestLearnRefuses(t *testing.T) {
	s := drawn(t, labelled(3000, 3))
	if _, err := s.Learn(t.Context(), matrix.New(10, 2), []float64{1}, 1); err == nil || !strings.Contains(err.Error(), "only 10 have features") {
		t.Errorf("too few images: %v", err)
	}
}

// TestLearnFromOtherClasses has classes that feature 0 tells apart, and others that
// feature 1 does: what is learned of the first says nothing about the second, and fits
// on all pairs of the first give one model for all folds.
func TestLearnFromOtherClasses(t *testing.T) {
	torchtest.Pin(t)
	labels := labelled(1600, 4)
	draw := func(classes ...byte) *Set {
		set, err := Draw(labels, Options{Classes: classes, Folds: 5, PerFold: 100, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	features := matrixtest.Normal(1600, 6, 3)
	for i, label := range labels {
		features.Row(i)[label/2] += 4 * float32(label%2)
	}
	first, second := draw(0, 1), draw(2, 3)
	learned := func(set, from *Set) *Learned {
		l, err := set.LearnFrom(t.Context(), from, features, logistic.Grid(), 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range l.C {
			if c != l.C[0] {
				t.Errorf("C by fold is %v, and there is one model", l.C)
			}
		}
		return l
	}
	if own := learned(second, second); own.AUC < 0.85 {
		t.Errorf("of the same classes: AUC %g", own.AUC)
	}
	// 0.5 ± 5 standard errors of 500 + 500 pairs, and what a weight of 0 on the rest leaves.
	if other := learned(second, first); math.Abs(other.AUC-0.5) > 0.1 {
		t.Errorf("of other classes: AUC %g", other.AUC)
	}
	narrow := matrixtest.Normal(10, 6, 3)
	if _, err := second.LearnFrom(t.Context(), first, narrow, logistic.Grid(), 1); err == nil {
		t.Error("pairs of images that there are no features of were learned from")
	}
}
