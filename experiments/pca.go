package experiments

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// pca projects features, float32 [N, D] with N > 1, on their first principal
// components, as scikit-learn's PCA(svd_solver="full") does: centred, not
// scaled, and each component's sign such that its largest entry by magnitude
// is positive (svd_flip). It solves the eigenproblem of the covariance in
// double precision, which for D below N is the cheaper way to the same axes.
func pca(_ context.Context, features *ts.Tensor, components int) (*projection, error) {
	size, err := features.Size()
	if err != nil {
		return nil, err
	}
	n, d := int(size[0]), int(size[1])
	if n < 2 || components < 1 || components > min(n, d) {
		return nil, fmt.Errorf("no %d principal components of features [%d, %d]", components, n, d)
	}
	var s torch.Scope
	defer s.Drop()
	mean := s.Do(func() (*ts.Tensor, error) { return columnMeans(features, n, d) })
	scatter := s.Do(func() (*ts.Tensor, error) { return scatterMatrix(features, mean, d) })
	if s.Err != nil {
		return nil, s.Err
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
	basis := s.Do(func() (*ts.Tensor, error) { return torch.FromSlice(flat, int64(components), int64(d)) })
	down := s.Do(func() (*ts.Tensor, error) { return basis.T(false) })
	if s.Err != nil {
		return nil, s.Err
	}
	p := &projection{Components: axes, Ratios: ratios}
	for c := range axes {
		p.Axes = append(p.Axes, fmt.Sprintf("pc%d", c+1))
	}
	return p, eachCentred(features, mean, func(centred *ts.Tensor) error {
		projected, err := centred.Matmul(down, false)
		if err != nil {
			return err
		}
		defer torch.Drop(projected)
		coordinates, err := torch.ToSlice[float64](projected)
		p.Coordinates = slices.AppendSeq(p.Coordinates, slices.Chunk(coordinates, components))
		return err
	})
}

// pcaMemory is what pca takes: a block of rows twice in double precision, and the
// six matrices of the features' width that the eigenproblem takes.
func pcaMemory(images, width int) float64 {
	w := float64(width)
	return 16*float64(torch.BlockRows(images))*w + 48*w*w
}

// columnMeans are float64 [1, d], of features [n, d].
func columnMeans(features *ts.Tensor, n, d int) (*ts.Tensor, error) {
	mean, err := ts.Zeros([]int64{1, int64(d)}, gotch.Double, gotch.CPU)
	if err != nil {
		return nil, err
	}
	err = eachDouble(features, func(block *ts.Tensor) error {
		sum, err := block.SumDimIntlist([]int64{0}, true, gotch.Double, false)
		if err != nil {
			return err
		}
		defer torch.Drop(sum)
		return mean.Add_(sum)
	})
	if err == nil {
		err = mean.DivScalar_(ts.FloatScalar(float64(n)))
	}
	if err != nil {
		torch.Drop(mean)
		return nil, err
	}
	return mean, nil
}

// scatterMatrix is float64 [d, d]: the covariance, times the number of rows.
func scatterMatrix(features, mean *ts.Tensor, d int) (*ts.Tensor, error) {
	scatter, err := ts.Zeros([]int64{int64(d), int64(d)}, gotch.Double, gotch.CPU)
	if err != nil {
		return nil, err
	}
	err = eachCentred(features, mean, func(centred *ts.Tensor) error {
		transposed, err := centred.T(false)
		if err != nil {
			return err
		}
		defer torch.Drop(transposed)
		return scatter.Addmm_(transposed, centred)
	})
	if err != nil {
		torch.Drop(scatter)
		return nil, err
	}
	return scatter, nil
}

// eachCentred calls f with one block of rows after the other, as eachDouble,
// less their mean.
func eachCentred(features, mean *ts.Tensor, f func(*ts.Tensor) error) error {
	return eachDouble(features, func(block *ts.Tensor) error {
		if err := block.Sub_(mean); err != nil {
			return err
		}
		return f(block)
	})
}

// eachDouble calls f with one block of rows after the other, float64 on the
// CPU, for f to change: all at once would take twice what the features do.
func eachDouble(features *ts.Tensor, f func(*ts.Tensor) error) error {
	return torch.EachBlock(features, func(rows *ts.Tensor) error {
		block, err := rows.ToDevice(gotch.CPU, gotch.Double, false, true, false)
		if err != nil {
			return err
		}
		defer torch.Drop(block)
		return f(block)
	})
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
