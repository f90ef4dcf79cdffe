package experiments

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
	"aeprobe/internal/torch/torchtest"
)

// pcaCase is a matrix [n][d] to project.
type pcaCase struct {
	name             string
	n, d, components int
	value            func(i, j int) float64
	// apart: no two of the leading eigenvalues are equal, so that there is one
	// right answer.
	apart bool
}

// ofFactors is a sum of products of random numbers, so many, each scale times
// the one before, and of noise.
func ofFactors(seed uint64, n, d, factors int, scale, noise float64) func(i, j int) float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	rows, columns := make([]float64, n*factors), make([]float64, d*factors)
	for i := range rows {
		rows[i] = random.NormFloat64()
	}
	for i := range columns {
		columns[i] = random.NormFloat64()
	}
	return func(i, j int) float64 {
		sum, weight := noise*random.NormFloat64(), 1.0
		for f := range factors {
			sum += weight * rows[i*factors+f] * columns[j*factors+f]
			weight *= scale
		}
		return sum + 3
	}
}

func pcaCases() []pcaCase {
	return []pcaCase{
		{"tall", 60, 20, 3, ofFactors(1, 60, 20, 5, 0.7, 0.1), true},
		{"wide", 20, 60, 3, ofFactors(2, 20, 60, 5, 0.7, 0.1), true},
		{"square", 30, 30, 4, ofFactors(3, 30, 30, 5, 0.7, 0.1), true},
		{"noise alone", 50, 40, 3, ofFactors(4, 50, 40, 0, 1, 1), true},
		{"two rows", 2, 9, 2, ofFactors(5, 2, 9, 2, 0.5, 0), false},
		{"as many components as rows", 6, 50, 6, ofFactors(6, 6, 50, 6, 0.8, 0.1), false},
		{"rank below components, wide", 12, 40, 5, ofFactors(7, 12, 40, 2, 0.5, 0), false},
		{"rank below components, tall", 40, 12, 5, ofFactors(8, 40, 12, 2, 0.5, 0), false},
		{"constant", 10, 30, 2, func(i, j int) float64 { return float64(j) / 8 }, false},
		{"constant columns", 20, 40, 3, func(i, j int) float64 {
			if j%3 != 0 {
				return 7
			}
			return math.Sin(float64(17*i+3*j*i)) / float64(1+j)
		}, true},
		{"equal eigenvalues", 64, 64, 3, hadamard, false},
		{"equal eigenvalues, wide", 32, 200, 4, func(i, j int) float64 { return hadamard(i, j%32) }, false},
	}
}

// hadamard has columns without correlation and of equal variance, where both
// sides are a power of two.
func hadamard(i, j int) float64 {
	sign := 1.0
	for k := i & j; k > 0; k &= k - 1 {
		sign = -sign
	}
	return sign
}

func (c pcaCase) features(t *testing.T) *ts.Tensor {
	t.Helper()
	values := make([]float32, 0, c.n*c.d)
	for i := range c.n {
		for j := range c.d {
			values = append(values, float32(c.value(i, j)))
		}
	}
	features, err := torch.FromSlice(values, int64(c.n), int64(c.d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { torch.Drop(features) })
	return features
}

// TestPCAOfFewer compares what the Gram matrix leads to with the eigenvectors of
// the scatter matrix.
func TestPCAOfFewer(t *testing.T) {
	for _, c := range pcaCases() {
		t.Run(c.name, func(t *testing.T) {
			x := newCentred(t, c.features(t))
			want := project(t, x, c.components, x.scatterAxes)
			compareProjections(t, x, want, want, c.apart)
			compareProjections(t, x, project(t, x, c.components, x.gramAxes), want, c.apart)
		})
	}
}

// TestPCALeading compares what the iteration finds in matrices of its size. Its
// basis gets full for noise alone.
func TestPCALeading(t *testing.T) {
	for _, c := range []pcaCase{
		{"wide", 1030, 1100, 3, ofFactors(9, 1030, 1100, 30, 0.9, 0.1), true},
		{"noise alone", 1100, 1030, 2, ofFactors(10, 1100, 1030, 0, 1, 1), true},
		{"rank below components", 1030, 1060, 5, ofFactors(11, 1030, 1060, 2, 0.5, 0), false},
		{"many components", 1026, 1030, 32, ofFactors(12, 1026, 1030, 60, 0.97, 0.1), true},
		{"equal eigenvalues", 2048, 1100, 4, func(i, j int) float64 { return hadamard(i, j%32) }, false},
		{"constant", 1025, 1025, 2, func(i, j int) float64 { return 0.5 }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !iterates(c.n, c.d, c.components) {
				t.Fatal("the iteration is not for this matrix")
			}
			features := c.features(t)
			x := newCentred(t, features)
			got, err := pca(t.Context(), features, c.components)
			if err != nil {
				t.Fatal(err)
			}
			compareProjections(t, x, got, project(t, x, c.components, x.scatterAxes), c.apart)
		})
	}
}

type axesFinder func(context.Context, int) (*ts.Tensor, []float64, error)

func newCentred(t *testing.T, features *ts.Tensor) *centred {
	t.Helper()
	size := features.MustSize()
	x := &centred{features: features, n: int(size[0]), d: int(size[1])}
	var err error
	if x.mean, err = columnMeans(t.Context(), features, x.n, x.d); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { torch.Drop(x.mean) })
	return x
}

func project(t *testing.T, x *centred, components int, find axesFinder) *projection {
	t.Helper()
	axes, values, err := find(t.Context(), components)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(axes)
	p, err := x.project(t.Context(), axes, values)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// compareProjections compares all that has one right answer: a thousandth of
// what verify allows where two ways compute it.
func compareProjections(t *testing.T, x *centred, got, want *projection, apart bool) {
	t.Helper()
	const tolerance = projectionTolerance / 1000
	largest := 0.0
	for _, row := range want.Coordinates {
		for _, v := range row {
			largest = math.Max(largest, math.Abs(v))
		}
	}
	for c, ratio := range want.Ratios {
		if !(math.Abs(got.Ratios[c]-ratio) <= tolerance) {
			t.Errorf("component %d has %g of the variance, want %g", c, got.Ratios[c], ratio)
		}
	}
	for a := range got.Components {
		for b := range a + 1 {
			dot := 0.0
			for j, v := range got.Components[a] {
				dot += v * got.Components[b][j]
			}
			if a == b {
				dot--
			}
			if !(math.Abs(dot) <= 1e-12) {
				t.Errorf("components %d and %d: %g from orthonormal", a, b, dot)
			}
		}
	}
	if len(got.Coordinates) != x.n {
		t.Fatalf("%d rows, want %d", len(got.Coordinates), x.n)
	}
	for c := range want.Ratios {
		squares, wanted := 0.0, 0.0
		for i := range want.Coordinates {
			g, w := got.Coordinates[i][c], want.Coordinates[i][c]
			squares, wanted = squares+g*g, wanted+w*w
			if apart && !(math.Abs(g-w) <= tolerance*largest) {
				t.Fatalf("row %d, component %d: %g, want %g", i, c, g, w)
			}
		}
		if !(math.Abs(squares-wanted) <= tolerance*float64(x.n)*largest*largest) {
			t.Errorf("component %d: squares add up to %g, want %g", c, squares, wanted)
		}
	}
}

// TestPCAEndsWithItsContext cuts every way off after every look at the context.
func TestPCAEndsWithItsContext(t *testing.T) {
	for _, c := range []pcaCase{
		{"scatter", 600, 20, 2, ofFactors(1, 600, 20, 5, 0.7, 0.1), true},
		{"gram", 20, 600, 2, ofFactors(1, 20, 600, 5, 0.7, 0.1), true},
		{"leading", 1030, 1030, 2, ofFactors(1, 1030, 1030, 5, 0.7, 0.1), true},
	} {
		features := c.features(t)
		looks := 0
		for ; ; looks++ {
			_, err := pca(&countdown{Context: t.Context(), left: looks}, features, c.components)
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if looks < 4 {
			t.Errorf("%s: it looked %d times", c.name, looks)
		}
	}
}

// TestPCAAbandonsLAPACK ends the context during a call that does not end by
// itself.
func TestPCAAbandonsLAPACK(t *testing.T) {
	features := pcaCase{n: 2, d: 2, value: func(i, j int) float64 { return float64(i) }}.features(t)
	ctx, cancel := context.WithCancel(t.Context())
	held, ended := make(chan bool), make(chan bool)
	_, err := abandonable(ctx, features, func(own *ts.Tensor) ([]*ts.Tensor, error) {
		defer close(ended)
		cancel()
		<-held
		if got := own.MustSize(); got[0] != 2 {
			t.Errorf("the matrix is of shape %v", got)
		}
		return nil, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(held)
	<-ended
}

func TestPCARefusesWhatIsNotANumber(t *testing.T) {
	torchtest.Pin(t)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		features := pcaCase{n: 3, d: 4, value: func(i, j int) float64 {
			if i == 1 && j == 2 {
				return v
			}
			return float64(i * j)
		}}.features(t)
		if _, err := pca(t.Context(), features, 2); err == nil {
			t.Errorf("features with %g were projected", v)
		}
	}
}
