package aggregation

import (
	"math"
	"testing"
)

// TestStatisticsByHand has 4 images in 2 clusterings: 0 and 1 share a cluster in
// the first, 0 and 2 in the second. C is {0, 1, 2}, {0, 1}, {0, 2}, {3}.
func TestStatisticsByHand(t *testing.T) {
	a := aggregator(t, Settings{Width: 2, Temperature: 1, Background: 4, Clusterings: 2, Clusters: 3},
		[]float32{1, 0, 0, 1, -1, 0, 0, -1}, 5, 5, 6, 6)
	a.assign(t, 0, 0, 0, 1, 1, 0, 2, 2)
	a.lossAndGradient(t, a.LocalLoss, []float32{1, 0, 0, 1, -1, 0, 0, -1}, 0, 1, 2, 3)
	got, err := a.Statistics()
	if err != nil {
		t.Fatal(err)
	}
	// Four other images: 0 and 1 have each other's label, 0 and 2 have not. The
	// background is all images.
	if want := (Statistics{Close: 2, CloseInBackground: 2, SameClass: 50, SameClassInBackground: 50}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	a.Background = 1 // the nearest alone: itself
	a.lossAndGradient(t, a.LocalLoss, []float32{1, 0, 0, 1, -1, 0, 0, -1}, 0, 1, 2, 3)
	if got, err = a.Statistics(); err != nil {
		t.Fatal(err)
	}
	if got.CloseInBackground != 1 || !math.IsNaN(got.SameClassInBackground) || got.Close != 2 || got.Empty != 0 {
		t.Errorf("with a background of 1: %+v", got)
	}
	// 0 is where 1 was: its own row is not in its background.
	a.lossAndGradient(t, a.LocalLoss, []float32{-1, 0.1}, 1)
	if got, err = a.Statistics(); err != nil || got.Empty != 1 {
		t.Errorf("%+v (%v), want one empty intersection", got, err)
	}
	if err := a.StartEpoch(2); err != nil {
		t.Fatal(err)
	}
	if got, err = a.Statistics(); err != nil || got.CloseInBackground != 0 {
		t.Errorf("a new epoch starts with %+v (%v)", got, err)
	}
}
