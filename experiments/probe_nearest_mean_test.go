package experiments

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// rowsIn calls a function with each of the rows, as float32.
func rowsIn(rows [][]float64) func(func(row []float32)) error {
	return func(f func(row []float32)) error {
		for _, row := range rows {
			var values []float32
			for _, x := range row {
				values = append(values, float32(x))
			}
			f(values)
		}
		return nil
	}
}

// TestNearestMeanIsThatOfScikitLearn compares squared distances and classes
// with those of testdata/nearest_mean/expected.py: a constant feature, a class
// without examples, and a feature of a thousand times the others' size.
func TestNearestMeanIsThatOfScikitLearn(t *testing.T) {
	var want struct {
		Train, Test [][]float64
		Labels      []int
		Classes     int
		Centroids   []int       `json:"centroid_classes"`
		Distances   [][]float64 `json:"squared_distances"`
		Predicted   []int
	}
	text, err := os.ReadFile("testdata/nearest_mean/nearest_mean.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	var labels []byte
	for _, label := range want.Labels {
		labels = append(labels, byte(label))
	}
	m, err := fitClassMeans(rowsIn(want.Train), labels, want.Classes)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	err = rowsIn(want.Test)(func(row []float32) {
		got := m.distances(row)
		for c, class := range want.Centroids {
			if math.Abs(got[class]/want.Distances[i][c]-1) > 1e-9 {
				t.Errorf("row %d, class %d: squared distance %.12g, scikit-learn's %.12g", i, class, got[class], want.Distances[i][c])
			}
		}
		if class := nearest(got); int(class) != want.Predicted[i] {
			t.Errorf("row %d is of class %d, scikit-learn's %d", i, class, want.Predicted[i])
		}
		i++
	})
	if err != nil || i != len(want.Predicted) || i == 0 {
		t.Errorf("%d rows compared, of %d: %v", i, len(want.Predicted), err)
	}
}

// TestNearestMeanDecidesTies has two classes with one mean, and one without
// examples, which must not win.
func TestNearestMeanDecidesTies(t *testing.T) {
	train := [][]float64{{1, 7}, {3, 7}, {1, 7}, {3, 7}, {9, 7}}
	m, err := fitClassMeans(rowsIn(train), []byte{2, 2, 1, 1, 3}, 4)
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[float32]byte{2: 1, -100: 1, 9: 3} {
		if got := nearest(m.distances([]float32{x, 5})); got != want {
			t.Errorf("%g is of class %d, want %d", x, got, want)
		}
	}
	if got := m.precisions[1]; got != 0 {
		t.Errorf("the constant feature counts with %g", got)
	}
}
