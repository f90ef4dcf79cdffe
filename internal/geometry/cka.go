package geometry

import (
	"context"
	"fmt"
	"math"

	"aeprobe/internal/matrix"
)

// Similarities are the linear CKAs of layers with each other, [layers, layers],
// symmetric: centred kernel alignment (Kornblith et al. 2019), HSIC(x, y) /
// sqrt(HSIC(x, x) HSIC(y, y)). It is 1 for layers that differ by rotation,
// reflection, scale and shift, and 0 with a layer that is constant, itself included.
type Similarities struct {
	// Biased uses HSIC_0, |X'Y|^2 of the centred features: from 0 to 1, and well above
	// 0 for unrelated layers where images are not many more than features.
	Biased [][]float64 `json:"biased"`
	// Debiased uses HSIC_1 (Song et al. 2012, equation 5): about 0 for unrelated
	// layers, with a standard error of about sqrt(2) / images; it can be negative.
	Debiased [][]float64 `json:"debiased"`
}

// CKAs compares layers, each [N, its own columns] of the same N images, at least 4,
// in the same order. It fails for features that hold NaN or infinity, and with ctx's
// error when ctx ends. Products are computed once for each pair: N times the columns
// of one times those of the other.
func CKAs(ctx context.Context, layers []matrix.Matrix) (Similarities, error) {
	kernels := make([]kernel, len(layers))
	for i, m := range layers {
		if m.Rows() < 4 || m.Rows() != layers[0].Rows() {
			return Similarities{}, fmt.Errorf("layer %d (from 0) has %d images, the first has %d: CKA needs the same images of every layer, at least 4",
				i, m.Rows(), layers[0].Rows())
		}
		var err error
		if kernels[i], err = newKernel(m); err != nil {
			return Similarities{}, fmt.Errorf("layer %d (from 0): %w", i, err)
		}
	}
	s := Similarities{square(len(layers)), square(len(layers))}
	for i, x := range kernels {
		for j, y := range kernels[:i+1] {
			biased, debiased, err := hsic(ctx, x, y)
			if err != nil {
				return Similarities{}, err
			}
			s.Biased[i][j], s.Debiased[i][j] = biased, debiased
		}
	}
	normalize(s.Biased)
	normalize(s.Debiased)
	return s, nil
}

// CKA is the biased and the debiased linear CKA of two layers, as CKAs computes them.
func CKA(ctx context.Context, x, y matrix.Matrix) (biased, debiased float64, err error) {
	s, err := CKAs(ctx, []matrix.Matrix{x, y})
	if err != nil {
		return 0, 0, err
	}
	return s.Biased[0][1], s.Debiased[0][1], nil
}

// kernel is the linear kernel of features, of which only the diagonal is kept.
type kernel struct {
	Centered
	diagonal []float64 // the rows' squared lengths
	trace    float64
}

func newKernel(m matrix.Matrix) (kernel, error) {
	x, err := Center(m)
	if err != nil {
		return kernel{}, err
	}
	k := kernel{Centered: x, diagonal: make([]float64, m.Rows())}
	for i := range k.diagonal {
		for j, value := range m.Row(i) {
			d := float64(value) - x.Means[j]
			k.diagonal[i] += d * d
		}
		k.trace += k.diagonal[i]
	}
	return k, nil
}

// hsic is HSIC_0 and HSIC_1 of two kernels K and L, [n, n], but for factors of n
// that CKA cancels. With K and L less their diagonals, HSIC_1 is
//
//	tr(KL) + 1'K1 1'L1 / ((n-1)(n-2)) - 2/(n-2) 1'KL1,
//
// over n(n-3). It is the same for centred features, since centring adds f(i) + f(j)
// to K(i, j). Their kernels' rows sum to 0, so that those of K less its diagonal k sum
// to -k, and tr(KL) is |X'Y|^2 less the product of the diagonals. What remains needs no
// [n, n] matrix:
//
//	|X'Y|^2 - n/(n-2) k'l + tr K tr L / ((n-1)(n-2)).
func hsic(ctx context.Context, x, y kernel) (biased, debiased float64, err error) {
	products, err := x.Products(ctx, y.Centered)
	if err != nil {
		return 0, 0, err
	}
	for _, product := range products {
		biased += product * product
	}
	var diagonals float64
	for i, k := range x.diagonal {
		diagonals += k * y.diagonal[i]
	}
	n := float64(x.Rows())
	return biased, biased - n/(n-2)*diagonals + x.trace*y.trace/((n-1)*(n-2)), nil
}

// normalize turns HSICs, of which it reads the lower triangle, into CKAs.
func normalize(s [][]float64) {
	self := make([]float64, len(s))
	for i := range s {
		self[i] = s[i][i]
	}
	for i := range s {
		for j := range i + 1 {
			if self[i] > 0 && self[j] > 0 {
				s[i][j] /= math.Sqrt(self[i]) * math.Sqrt(self[j])
			} else {
				s[i][j] = 0
			}
			s[j][i] = s[i][j]
		}
	}
}

func square(side int) [][]float64 {
	rows := make([][]float64, side)
	for i := range rows {
		rows[i] = make([]float64, side)
	}
	return rows
}
