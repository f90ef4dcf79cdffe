package nuisance

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// noise is n random bytes.
func noise(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	bytes := make([]byte, n)
	for i := range bytes {
		bytes[i] = byte(r.IntN(256))
	}
	return bytes
}

// By hand. The grey image has a light of 0 51, 102 255 (0 0.2, 0.4 1) and sum 1.6, the
// coloured one pixels of pure red, green, blue and black.
func TestProperties(t *testing.T) {
	grey := []byte{0, 51, 102, 255}
	// Squares about the mean 0.4: 0.16 0.04 0 0.36. Squares between neighbours: 0.04 and
	// 0.36 in rows, 0.16 and 0.64 in columns.
	want := []float64{0.4, math.Sqrt(0.14), 0.2 + 0.4, (0.4*0.25 + 1.2*0.75) / 1.6, (0.2*0.25 + 1.4*0.75) / 1.6}
	check := func(pixels []byte, shape [3]int, wantNames []string, want ...[]float64) {
		t.Helper()
		names, values, err := Properties(pixels, shape)
		if err != nil || !slices.Equal(names, wantNames) || values.Rows() != len(want) {
			t.Fatalf("%v, %d rows (%v)", names, values.Rows(), err)
		}
		for i, row := range want {
			for j, x := range row {
				if math.Abs(float64(values.Row(i)[j])-x) > 1e-6 {
					t.Errorf("image %d, %s is %v, want %v", i, names[j], values.Row(i)[j], x)
				}
			}
		}
	}
	ofLight := []string{"brightness", "contrast", "edge_energy", "horizontal", "vertical"}
	ofColour := append([]string{"red", "green", "blue"}, ofLight...)
	check(slices.Concat(grey, make([]byte, 4)), [3]int{1, 2, 2}, ofLight, want, []float64{0, 0, 0, 0.5, 0.5})

	sameGrey := slices.Concat(grey, grey, grey)
	coloured := []byte{255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0}
	r, g, b := 0.299, 0.587, 0.114
	deviation := math.Sqrt((r*r+g*g+b*b)/4 - 0.0625)
	edges := ((g-r)*(g-r)+b*b)/2 + ((b-r)*(b-r)+g*g)/2
	check(slices.Concat(sameGrey, coloured), [3]int{3, 2, 2}, ofColour,
		append([]float64{0.4, 0.4, 0.4}, want...),
		[]float64{0.25, 0.25, 0.25, 0.25, deviation, edges, (r+b)*0.25 + g*0.75, (r+g)*0.25 + b*0.75})

	// Three rows and two columns: light at the right of the last row only.
	check([]byte{0, 0, 0, 0, 0, 255}, [3]int{1, 3, 2}, ofLight, []float64{1.0 / 6, math.Sqrt(5) / 6, 1.0/3 + 1.0/4, 0.75, 5.0 / 6})
}

func TestImageRefusals(t *testing.T) {
	for _, c := range []struct {
		bytes   int
		shape   [3]int
		message string
	}{
		{0, [3]int{3, 2, 2}, "0 bytes"},
		{13, [3]int{3, 2, 2}, "pass 12 for each"},
		{4, [3]int{1, 1, 4}, "two rows and columns"},
		{8, [3]int{2, 2, 2}, "2 channels"},
	} {
		pixels := make([]byte, c.bytes)
		if _, _, err := Properties(pixels, c.shape); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%d bytes of %v: %v", c.bytes, c.shape, err)
		}
	}
}
