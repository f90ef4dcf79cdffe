package report

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScoreCountsByClass(t *testing.T) {
	labels := []byte{0, 0, 0, 1, 1, 3}
	predicted := []byte{0, 0, 2, 1, 0, 2}
	got := score(labels, predicted, 4)
	if !math.IsNaN(float64(got.PerClass[2])) {
		t.Errorf("a class without images has accuracy %v", got.PerClass[2])
	}
	got.PerClass[2] = -1
	if want := (200./3 + 50 + 0) / 3; math.Abs(float64(got.Mean)-want) > 1e-9 {
		t.Errorf("mean over the classes shown: %v, want %v", got.Mean, want)
	}
	want := Score{PerClass: []Percent{200. / 3, 50, -1, 0}, Mean: got.Mean, Accuracy: 50, Images: 6,
		Confusion: [][]int{{2, 0, 1, 0}, {1, 1, 0, 0}, {0, 0, 0, 0}, {0, 0, 1, 0}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProtocolsLookAtTheirImages(t *testing.T) {
	p := Predictions{Labels: make([]byte, 600), Predicted: make([]byte, 600)}
	for i := 500; i < 600; i++ {
		p.Predicted[i] = 1
	}
	if got := Protocols["first500"](p, 10).Accuracy; got != 100 {
		t.Errorf("first500: %v", got)
	}
	if got := Protocols["full"](p, 10); got.Images != 600 || math.Abs(float64(got.Accuracy)-500./6) > 1e-9 {
		t.Errorf("full: %v of %d", got.Accuracy, got.Images)
	}
}
