package geometry

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch/torchtest"
)

// fixture is what numpy and scipy compute from the definitions: see expected.py.
type fixture struct {
	Labels  []int
	Classes int
	Layers  [][][]float32
	Panels  []map[string]float64
	CKA     Similarities
}

func readFixture(t *testing.T) (f fixture, layers []matrix.Matrix, labels []byte) {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	for _, rows := range f.Layers {
		layers = append(layers, of(rows...))
	}
	for _, label := range f.Labels {
		labels = append(labels, byte(label))
	}
	return f, layers, labels
}

// of is a matrix of rows.
func of(rows ...[]float32) matrix.Matrix {
	m := matrix.Matrix{Columns: len(rows[0])}
	for _, row := range rows {
		m.Values = append(m.Values, row...)
	}
	return m
}

// near reports whether two figures agree to within tolerance, relative to the
// larger where that is above 1.
func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance*max(1, math.Abs(want))
}

// Cosines are of float32, everything else of float64. RankMe's singular values come
// from a product whose rounding shows in its root.
func TestMeasureAsNumPy(t *testing.T) {
	torchtest.Pin(t)
	f, layers, labels := readFixture(t)
	for i, want := range f.Panels {
		panel, err := Measure(t.Context(), layers[i], labels, f.Classes, 1)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(panel)
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[string]any)
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		delete(got, "alarms")
		if len(got) != len(want) {
			t.Errorf("layer %d: %d measures, want %d", i, len(got), len(want))
		}
		for key, value := range want {
			if x, ok := got[key].(float64); !ok || !near(x, value, 2e-6) {
				t.Errorf("layer %d: %s is %v, want %v", i, key, got[key], value)
			}
		}
	}
}

func TestCKAsAsNumPy(t *testing.T) {
	torchtest.Pin(t)
	f, layers, _ := readFixture(t)
	got, err := CKAs(t.Context(), layers)
	if err != nil {
		t.Fatal(err)
	}
	for i := range layers {
		for j := range layers {
			if !near(got.Biased[i][j], f.CKA.Biased[i][j], 1e-12) {
				t.Errorf("biased %d, %d is %v, want %v", i, j, got.Biased[i][j], f.CKA.Biased[i][j])
			}
			if !near(got.Debiased[i][j], f.CKA.Debiased[i][j], 1e-12) {
				t.Errorf("debiased %d, %d is %v, want %v", i, j, got.Debiased[i][j], f.CKA.Debiased[i][j])
			}
		}
	}
}
