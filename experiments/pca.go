package experiments

import (
	"fmt"
	"math"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/torch"
)

// projection is what a principal component analysis gives.
type projection struct {
	// Coordinates are those of each row, float64 [N][components].
	Coordinates [][]float64
	// Components are the axes, of unit length, [components][D].
	Components [][]float64
	// Ratios are the components' shares of the variance, from 0 to 1.
	Ratios []float64
}

// pca projects features, float32 [N, D] with N > 1, on their first principal
// components, as scikit-learn's PCA(svd_solver="full") does: centred, not
// scaled, and each component's sign such that its largest entry by magnitude
// is positive (svd_flip). It solves the eigenproblem of the covariance in
// double precision, which for D below N is the cheaper way to the same axes.
func pca(features *ts.Tensor, components int) (*projection, error) {
	size, err := features.Size()
	if err != nil {
		return nil, err
	}
	n, d := int(size[0]), int(size[1])
	if n < 2 || components < 1 || components > min(n, d) {
		return nil, fmt.Errorf("no %d principal components of features [%d, %d]", components, n, d)
	}
	var s scope
	defer s.drop()
	centred := s.do(func() (*ts.Tensor, error) {
		return features.ToDevice(gotch.CPU, gotch.Double, false, true, false)
	})
	mean := s.do(func() (*ts.Tensor, error) { return centred.MeanDim([]int64{0}, true, gotch.Double, false) })
	if s.err == nil {
		s.err = centred.Sub_(mean)
	}
	transposed := s.do(func() (*ts.Tensor, error) { return centred.T(false) })
	scatter := s.do(func() (*ts.Tensor, error) { return transposed.Matmul(centred, false) })
	if s.err != nil {
		return nil, s.err
	}
	values, vectors, err := scatter.LinalgEigh("L", false)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(values, vectors)
	axes, ratios, err := leading(values, vectors, d, components)
	if err != nil {
		return nil, err
	}
	flat := make([]float64, 0, components*d)
	for _, axis := range axes {
		flat = append(flat, axis...)
	}
	basis := s.do(func() (*ts.Tensor, error) { return torch.FromSlice(flat, int64(components), int64(d)) })
	down := s.do(func() (*ts.Tensor, error) { return basis.T(false) })
	projected := s.do(func() (*ts.Tensor, error) { return centred.Matmul(down, false) })
	if s.err != nil {
		return nil, s.err
	}
	coordinates, err := torch.ToSlice[float64](projected)
	if err != nil {
		return nil, err
	}
	p := &projection{Components: axes, Ratios: ratios}
	for i := range n {
		p.Coordinates = append(p.Coordinates, coordinates[i*components:(i+1)*components])
	}
	return p, nil
}

// leading takes the eigenvectors, the columns of vectors [d, d], of the
// largest eigenvalues, which come in ascending order.
func leading(values, vectors *ts.Tensor, d, components int) (axes [][]float64, ratios []float64, err error) {
	lambda, err := torch.ToSlice[float64](values)
	if err != nil {
		return nil, nil, err
	}
	v, err := torch.ToSlice[float64](vectors)
	if err != nil {
		return nil, nil, err
	}
	var total float64
	for i := range lambda {
		// Rounding can leave an eigenvalue of zero a little below it.
		lambda[i] = math.Max(lambda[i], 0)
		total += lambda[i]
	}
	for c := range components {
		column := d - 1 - c
		axis := make([]float64, d)
		largest := 0
		for row := range d {
			axis[row] = v[row*d+column]
			if math.Abs(axis[row]) > math.Abs(axis[largest]) {
				largest = row
			}
		}
		if axis[largest] < 0 {
			for row := range axis {
				axis[row] = -axis[row]
			}
		}
		axes = append(axes, axis)
		ratio := 0.0
		if total > 0 {
			ratio = lambda[column] / total
		}
		ratios = append(ratios, ratio)
	}
	return axes, ratios, nil
}
