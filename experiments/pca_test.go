package experiments

import (
	"math"
	"testing"

	"aeprobe/internal/torch"
)

// TestPCAIsThatOfScikitLearn compares with PCA(svd_solver="full") on integer
// matrices; bench/pytorch/expected.py made the numbers.
func TestPCAIsThatOfScikitLearn(t *testing.T) {
	var want struct {
		Cases []struct {
			Shape       [2]int
			Coordinates [][]float64
			Components  [][]float64
			Ratios      []float64 `json:"explained_variance_ratio"`
		}
	}
	readTestdata(t, "pca.json", &want)
	for _, c := range want.Cases {
		values := pcaMatrix(c.Shape[0], c.Shape[1])
		features, err := torch.FromSlice(values, int64(c.Shape[0]), int64(c.Shape[1]))
		if err != nil {
			t.Fatal(err)
		}
		defer torch.Drop(features)
		got, err := pca(t.Context(), features, len(c.Ratios))
		if err != nil {
			t.Fatal(err)
		}
		compareRows(t, "coordinates", got.Coordinates[:len(c.Coordinates)], c.Coordinates)
		for i, want := range c.Components {
			compareRows(t, "components", [][]float64{got.Components[i][:len(want)]}, [][]float64{want})
		}
		compareRows(t, "ratios", [][]float64{got.Ratios}, [][]float64{c.Ratios})
	}
	if len(want.Cases) == 0 {
		t.Error("nothing was compared")
	}
}

func compareRows(t *testing.T, what string, got, want [][]float64) {
	t.Helper()
	var largest float64
	for _, row := range want {
		for _, v := range row {
			largest = math.Max(largest, math.Abs(v))
		}
	}
	for i, row := range want {
		for j, v := range row {
			if math.Abs(got[i][j]-v) > 1e-4*math.Max(math.Abs(v), 1e-3*largest) {
				t.Errorf("%s[%d][%d]: %g, scikit-learn's %g", what, i, j, got[i][j], v)
			}
		}
	}
}

// pcaMatrix is pca_matrix of bench/pytorch/expected.py.
func pcaMatrix(n, columns int) []float32 {
	r := func(a int) int { return int(uint32(a*a)*2654435761) >> 16 }
	var values []float32
	for i := range n {
		for j := range columns {
			x := r(columns*i+j+20011)%33 - 16
			for k := range 6 {
				x += (6 - k) * (r(6*i+k+1)%17 - 8) * (r(6*j+k+10007)%17 - 8)
			}
			values = append(values, float32(x))
		}
	}
	return values
}

func TestPCARefusesWhatHasNoComponents(t *testing.T) {
	features, err := torch.FromSlice([]float32{1, 2, 3}, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(features)
	if _, err := pca(t.Context(), features, 2); err == nil {
		t.Error("one image was projected")
	}
}
