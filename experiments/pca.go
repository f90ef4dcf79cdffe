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
// is positive (svd_flip). It computes in double precision and returns ctx's
// error soon after ctx ends.
//
// The components are eigenvectors of the scatter matrix, [D, D]. The Gram
// matrix, [N, N], has the same eigenvalues and leads to the same vectors where
// rows are fewer than columns. Where both are large, an iteration finds only
// the vectors asked for.
func pca(ctx context.Context, features *ts.Tensor, components int) (*projection, error) {
	size, err := features.Size()
	if err != nil {
		return nil, err
	}
	n, d := int(size[0]), int(size[1])
	if n < 2 || components < 1 || components > min(n, d) {
		return nil, fmt.Errorf("no %d principal components of features [%d, %d]", components, n, d)
	}
	mean, err := columnMeans(ctx, features, n, d)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(mean)
	x := &centred{features: features, mean: mean, n: n, d: d}
	find := x.scatterAxes
	switch {
	case iterates(n, d, components):
		find = x.leadingAxes
	case n < d:
		find = x.gramAxes
	}
	axes, values, err := find(ctx, components)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(axes)
	return x.project(ctx, axes, values)
}

// wholeSide is the longest side of a matrix whose eigenvectors are all computed:
// a third of a second for LAPACK, which nothing can interrupt.
const wholeSide = 1024

// iterates reports whether the components are found by leadingAxes. Its work
// grows with the components; LAPACK's does not.
func iterates(n, d, components int) bool {
	return min(n, d) > wholeSide && components <= min(64, min(n, d)/32)
}

// pcaMemory is how many bytes pca takes at its peak, besides the features.
func pcaMemory(n, d, components int) float64 {
	const double = 8
	N, D, k := float64(n), float64(d), float64(components)
	// A block, also as float32 and squared; the axes, in Go too; coordinates.
	memory := 2.5*double*float64(blockOf(d))*D + 4*double*k*D + 3*double*N*k
	if iterates(n, d, components) {
		block, basis := krylovSize(components)
		return memory + double*D*float64(basis+6*block) + 6*double*float64(basis*basis)
	}
	side := min(N, D)
	return memory + 6*double*side*side
}

// centred are features less their column means: never all of them at once, since
// in double precision they would take twice what the features do.
type centred struct {
	features *ts.Tensor // float32 [n, d]
	mean     *ts.Tensor // float64 [1, d]
	n, d     int
}

// blockOf is how many rows of so many columns, or columns of so many rows, are
// converted at a time.
func blockOf(width int) int {
	const values = 4e6
	return max(1, min(torch.MaxBlockRows, values/width))
}

// squareBlockOf is that for a product that makes a square matrix of such a block:
// a third of a second's work, since only between blocks can it be interrupted.
func squareBlockOf(width int) int {
	const products = 5e9
	return max(1, min(blockOf(width), products/width/width))
}

// eachRows calls f with one block of so many rows after the other, float64 on the
// CPU, for f to change.
func (x *centred) eachRows(ctx context.Context, length int, f func(rows *ts.Tensor) error) error {
	return eachDouble(ctx, x.features, 0, length, func(_ int64, rows *ts.Tensor) error {
		if err := rows.Sub_(x.mean); err != nil {
			return err
		}
		return f(rows)
	})
}

// eachColumns is eachRows with blocks of columns, the first of which is number
// first.
func (x *centred) eachColumns(ctx context.Context, length int, f func(first int64, columns *ts.Tensor) error) error {
	return eachDouble(ctx, x.features, 1, length, func(first int64, columns *ts.Tensor) error {
		var s torch.Scope
		defer s.Drop()
		mean := s.Do(func() (*ts.Tensor, error) { return x.mean.Narrow(1, first, columns.MustSize()[1], false) })
		if s.Err != nil {
			return s.Err
		}
		if err := columns.Sub_(mean); err != nil {
			return err
		}
		return f(first, columns)
	})
}

// eachDouble calls f with stretches of matrix along a dimension, float64 on the
// CPU, for f to change.
func eachDouble(ctx context.Context, matrix *ts.Tensor, dimension int64, length int, f func(first int64, block *ts.Tensor) error) error {
	size, err := matrix.Size()
	if err != nil {
		return err
	}
	for first := int64(0); first < size[dimension]; first += int64(length) {
		if err := ctx.Err(); err != nil {
			return err
		}
		var s torch.Scope
		part := s.Do(func() (*ts.Tensor, error) {
			return matrix.Narrow(dimension, first, min(int64(length), size[dimension]-first), false)
		})
		block := s.Do(func() (*ts.Tensor, error) { return part.ToDevice(gotch.CPU, gotch.Double, false, true, false) })
		if s.Err == nil {
			s.Err = f(first, block)
		}
		s.Drop()
		if s.Err != nil {
			return s.Err
		}
	}
	return nil
}

// columnMeans are float64 [1, d], of features [n, d].
func columnMeans(ctx context.Context, features *ts.Tensor, n, d int) (*ts.Tensor, error) {
	mean, err := zeros(1, d)
	if err != nil {
		return nil, err
	}
	err = eachDouble(ctx, features, 0, blockOf(d), func(_ int64, block *ts.Tensor) error {
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
	if err == nil {
		err = finite(mean)
	}
	if err != nil {
		torch.Drop(mean)
		return nil, err
	}
	return mean, nil
}

// finite fails where a mean is not a finite number: neither are features then.
func finite(mean *ts.Tensor) error {
	values, err := torch.ToSlice[float64](mean)
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("no principal components: feature %d is not a finite number in every image", i)
		}
	}
	return err
}

// project gives the axes, [components, d], their signs, and the rows their
// coordinates. values are the axes' eigenvalues.
func (x *centred) project(ctx context.Context, axes *ts.Tensor, values []float64) (*projection, error) {
	flat, err := torch.ToSlice[float64](axes)
	if err != nil {
		return nil, err
	}
	p := &projection{Components: slices.Collect(slices.Chunk(flat, x.d))}
	for c := range p.Components {
		p.Axes = append(p.Axes, fmt.Sprintf("pc%d", c+1))
	}
	for _, axis := range p.Components {
		point(axis)
	}
	var s torch.Scope
	defer s.Drop()
	basis := s.Do(func() (*ts.Tensor, error) { return torch.FromSlice(flat, int64(len(values)), int64(x.d)) })
	down := transposed(&s, basis)
	if s.Err != nil {
		return nil, s.Err
	}
	var total float64
	err = x.eachRows(ctx, blockOf(x.d), func(rows *ts.Tensor) error {
		var s torch.Scope
		defer s.Drop()
		coordinates := product(&s, rows, down)
		squares := s.Do(func() (*ts.Tensor, error) { return rows.Square(false) })
		sum := s.Do(func() (*ts.Tensor, error) { return squares.Sum(gotch.Double, false) })
		if s.Err != nil {
			return s.Err
		}
		all, err := torch.ToSlice[float64](coordinates)
		if err != nil {
			return err
		}
		p.Coordinates = slices.AppendSeq(p.Coordinates, slices.Chunk(all, len(values)))
		variance, err := torch.ToSlice[float64](sum)
		total += variance[0]
		return err
	})
	for _, value := range values {
		ratio := 0.0
		if total > 0 {
			// Rounding can leave an eigenvalue of zero a little below it.
			ratio = math.Max(value, 0) / total
		}
		p.Ratios = append(p.Ratios, ratio)
	}
	return p, err
}

// point turns an axis so that its largest entry by magnitude is positive.
func point(axis []float64) {
	largest := 0.0
	for _, v := range axis {
		if math.Abs(v) > math.Abs(largest) {
			largest = v
		}
	}
	if largest < 0 {
		for i := range axis {
			axis[i] = -axis[i]
		}
	}
}
