package tsne

import (
	"math"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/matrix"
)

// TestMeasureIsThatOfScikitLearn measures the features' first two columns as if
// they were a picture.
func TestMeasureIsThatOfScikitLearn(t *testing.T) {
	features, labels := clusters()
	got, err := Measure(t.Context(), features, firstColumns(features), labels, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := expected(t).FirstColumns
	for name, pair := range map[string][2]float64{
		"trustworthiness":  {got.Trustworthiness, want.Trustworthiness},
		"recall":           {got.Recall, want.Recall},
		"accuracy":         {got.Accuracy, want.Accuracy},
		"feature accuracy": {got.FeatureAccuracy, want.FeatureAccuracy},
	} {
		if !(math.Abs(pair[0]-pair[1]) <= 1e-9) {
			t.Errorf("%s %g, scikit-learn's %g", name, pair[0], pair[1])
		}
	}
}

// TestMeasureOfATruePicture pictures points of the plane by themselves, and turned
// about.
func TestMeasureOfATruePicture(t *testing.T) {
	all, labels := clusters()
	features := matrix.New(points, 2)
	turned := make([][2]float64, points)
	for i := range points {
		copy(features.Row(i), all.Row(i))
		turned[i] = [2]float64{-float64(all.Row(i)[1]), float64(all.Row(i)[0])}
	}
	q, err := Measure(t.Context(), features, turned, labels, 1)
	if err != nil {
		t.Fatal(err)
	}
	if q.Trustworthiness != 1 || q.Recall != 1 || q.Accuracy != q.FeatureAccuracy {
		t.Errorf("%+v", *q)
	}
}

// TestNearestAndRank has ties, which go to the lower index.
func TestNearestAndRank(t *testing.T) {
	distances := []float32{4, 1, 0, 1, 4, 9, 0.5}
	if got, want := nearest(distances, 2, 4), []int{6, 1, 3, 0}; !slices.Equal(got, want) {
		t.Errorf("nearest to point 2: %v, want %v", got, want)
	}
	for j, want := range []int{4, 2, 0, 3, 5, 6, 1} {
		if j != 2 {
			if got := rank(distances, 2, j); got != want {
				t.Errorf("point %d has rank %d, want %d", j, got, want)
			}
		}
	}
}

func TestMeasureRefuses(t *testing.T) {
	features, labels := clusters()
	for message, c := range map[string]struct{ rows, coordinates, labels int }{
		"found 10 points":                       {10, 10, 10},
		"20 points have 19 coordinates and 20":  {20, 19, 20},
		"20 points have 20 coordinates and 300": {20, 20, 300},
	} {
		_, err := Measure(t.Context(), features.Slice(0, c.rows), make([][2]float64, c.coordinates), labels[:c.labels], 1)
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("got %v, want %q", err, message)
		}
	}
}
