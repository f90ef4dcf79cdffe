package logistic

import (
	"encoding/json"
	"os"
	"testing"

	"aeprobe/internal/matrix"
)

// expected is a problem of testdata/expected.json, and what scikit-learn makes
// of it.
type expected struct {
	Images, Features int
	Pattern          []int
	First            int
	C, Loss          float64
	Predicted        string
	Weights          [][]float64
	Intercepts       []float64
}

func readExpected(t *testing.T, name string) expected {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	var e expected
	if err := json.Unmarshal(all[name], &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// noise is -128 to 128, as in expected.py.
func noise(first, i, j int) int {
	z := (uint64(first)<<40 + uint64(i)<<16 + uint64(j) + 1) * 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z^z>>31)>>33%257) - 128
}

// generate makes expected.py's problem.
func generate(n, d int, pattern []int, first int) (matrix.Matrix, []byte) {
	const factors = 6
	features, labels := matrix.New(n, d), make([]byte, n)
	for i := range n {
		labels[i] = byte(pattern[(noise(first, i, 65535)+128)%len(pattern)])
		var factor [factors]int
		for f := range factor {
			factor[f] = noise(first, i, 1000+f) + noise(0, int(labels[i]), 2000+f)
		}
		row := features.Row(i)
		for j := range row {
			x := 256 * noise(first, i, j)
			for f, value := range factor {
				x += value * noise(0, j, 3000+f)
			}
			row[j] = float32(max(x, 0)) / 1024
		}
		row[2] = 2.5
	}
	return features, labels
}

// ten is a pattern of ten classes, equally frequent.
var ten = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}

func newProblem(t *testing.T, features matrix.Matrix, labels []byte, classes int) *Problem {
	t.Helper()
	p, err := NewProblem(features, labels, classes)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fit(t *testing.T, p *Problem, c float64, start *Model) *Model {
	t.Helper()
	model, err := p.Fit(t.Context(), c, start)
	if err != nil {
		t.Fatal(err)
	}
	return model
}
