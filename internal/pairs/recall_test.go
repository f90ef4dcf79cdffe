package pairs

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"aeprobe/internal/matrix"
	"aeprobe/internal/matrix/matrixtest"
)

// By hand, at angles of 0, 10, 25 and 60 degrees, of classes 4, 6, 4, 6: 0 finds 10
// and then its own 25; 10 finds 0 and 25 before 60; 25 finds 10 first, and 60 finds
// 25 first. The image at 24 degrees is of no class asked for.
func TestRecalls(t *testing.T) {
	features := matrix.New(5, 2)
	for i, degrees := range []float64{0, 10, 24, 25, 60} {
		length := float64(i + 1) // which cosines ignore
		features.Row(i)[0] = float32(length * math.Cos(degrees*math.Pi/180))
		features.Row(i)[1] = float32(length * math.Sin(degrees*math.Pi/180))
	}
	got, err := Recalls(t.Context(), features, []byte{4, 6, 5, 4, 6}, Retrieval{Classes: []byte{6, 4}, K: []int{3, 1, 2}})
	if err != nil || len(got) != 3 || got[0] != (Recall{3, 1}) || got[1] != (Recall{1, 0}) || got[2] != (Recall{2, 0.75}) {
		t.Errorf("got %v, want 1, 0 and 0.75 at 3, 1 and 2 (%v)", got, err)
	}
}

// By hand: less (10, 0), images 0 and 1 are (1, 0) and (2, 0.5), 2 and 3 are (-1, 0)
// and (-2, 0.5): everyone's nearest is of its class. With (10, 0) they have angles of
// 0, 2.4, 0 and 3.6 degrees: 0 finds 2, 2 finds 0, 1 finds 3, and 3 finds 1.
func TestRecallsLessMean(t *testing.T) {
	features := matrixtest.Rows(t, 2, 11, 0, 12, 0.5, 9, 0, 8, 0.5)
	for want, center := range map[float64][]float64{0: nil, 1: {10, 0}} {
		got, err := Recalls(t.Context(), features, []byte{0, 0, 1, 1}, Retrieval{Classes: []byte{0, 1}, K: []int{1}, Center: center})
		if err != nil || got[0].Recall != want {
			t.Errorf("less %v: %v, want %g (%v)", center, got, want, err)
		}
	}
}

// Several blocks of rows: features are labels, and all of one class are tied. By
// chance R@1 of noise is one in 4.
func TestRecallsOfMany(t *testing.T) {
	labels := labelled(1200, 4)
	features := matrix.New(1200, 4)
	for i, label := range labels {
		features.Row(i)[label] = 1
	}
	o := Retrieval{Classes: []byte{0, 1, 2, 3}, K: []int{1, 8}}
	if got, err := Recalls(t.Context(), features, labels, o); err != nil || got[0].Recall != 1 || got[1].Recall != 1 {
		t.Errorf("labels as features: %v, want 1 (%v)", got, err)
	}
	got, err := Recalls(t.Context(), matrixtest.Normal(1200, 8, 1), labels, o)
	// Standard errors of 0.0125 and 0.0087, had queries nothing in common.
	if chance := 1 - math.Pow(0.75, 8); err != nil || math.Abs(got[0].Recall-0.25) > 0.07 || math.Abs(got[1].Recall-chance) > 0.05 {
		t.Errorf("noise: %v, want about 0.25 and %g (%v)", got, chance, err)
	}
}

// By hand: of equal similarities the lower row comes first.
func TestAheadOfClass(t *testing.T) {
	classes := []byte{1, 0, 0, 1, 0}
	for want, similarities := range map[int][]float32{
		0: {0, 1, 0.5, 0, 0.9},
		1: {0.5, 1, 0.5, 0.5, 0.4}, // image 0 before image 2, image 3 after
		2: {0.5, 1, 0.4, 0.5, 0.5},
	} {
		if got := aheadOfClass(similarities, classes, 1); got != want {
			t.Errorf("%v: %d ahead, want %d", similarities, got, want)
		}
	}
}

func TestRecallsRefuses(t *testing.T) {
	features, labels := matrixtest.Normal(7, 2, 1), []byte{0, 0, 0, 1, 1, 1, 2}
	for want, o := range map[string]Retrieval{
		"1 classes":                              {Classes: []byte{0}, K: []int{1}},
		"named twice":                            {Classes: []byte{0, 0}, K: []int{1}},
		"class 5 has no images":                  {Classes: []byte{0, 5}, K: []int{1}},
		"class 2 has a single image":             {Classes: []byte{0, 2}, K: []int{1}},
		"k of []":                                {Classes: []byte{0, 1}},
		"k of [0 1]":                             {Classes: []byte{0, 1}, K: []int{0, 1}},
		"k of [6]: give one or more from 1 to 5": {Classes: []byte{0, 1}, K: []int{6}},
	} {
		if _, err := Recalls(t.Context(), features, labels, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	good := Retrieval{Classes: []byte{0, 1}, K: []int{1}}
	if _, err := Recalls(t.Context(), features, labels[:6], good); err == nil {
		t.Error("6 labels for 7 images are accepted")
	}
	features.Values[3] = float32(math.NaN())
	if _, err := Recalls(t.Context(), features, labels, good); err == nil || !strings.Contains(err.Error(), "image 1") {
		t.Errorf("NaN: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Recalls(ended, matrixtest.Normal(7, 2, 1), labels, good); !errors.Is(err, context.Canceled) {
		t.Errorf("after ctx ended: %v", err)
	}
}
