package geometry

import (
	"context"
	"fmt"
	"math"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch"
)

// Centered is features less their columns' means. The differences are made in
// float64, some rows at a time: all together would take twice the memory of the
// features.
type Centered struct {
	matrix.Matrix
	// Means and Deviations are the columns', as matrix.Scaler has them. The mean of a
	// constant column is its value to the last bit, since float64 holds sums of equal
	// float32 numbers exactly: the column becomes zeros.
	Means, Deviations []float64
}

// Center measures m. It fails where m has no rows, or holds NaN or infinity.
func Center(m matrix.Matrix) (Centered, error) {
	if m.Rows() == 0 {
		return Centered{}, fmt.Errorf("features of no images: pass at least one row")
	}
	scaler := matrix.NewScaler(m)
	c := Centered{m, scaler.Means, scaler.Deviations}
	for j, mean := range c.Means {
		if math.IsNaN(mean) || math.IsInf(mean, 0) {
			return Centered{}, fmt.Errorf("feature %d (from 0) holds NaN or infinity: the network that made it has diverged", j)
		}
	}
	return c, nil
}

// blockRows is how many rows become float64 at a time: few enough to stop soon
// when a context ends, even with thousands of columns.
const blockRows = 500

// Products are x's transpose times y, float64 [x.Columns, y.Columns], row-major.
// Both have a row for the same images. It stops with ctx's error when ctx ends.
func (x Centered) Products(ctx context.Context, y Centered) ([]float64, error) {
	if x.Rows() != y.Rows() {
		return nil, fmt.Errorf("features of %d and of %d images: pass the same images to both", x.Rows(), y.Rows())
	}
	var products []float64
	err := torch.NoGrad(func() error {
		across, down := x.Columns, y.Columns
		sum, err := torch.FromSlice(make([]float64, across*down), int64(across), int64(down))
		if err != nil {
			return err
		}
		defer torch.Drop(sum)
		for first := 0; first < x.Rows(); first += blockRows {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := addProducts(sum, x, y, first, min(first+blockRows, x.Rows())); err != nil {
				return err
			}
		}
		products, err = torch.ToSlice[float64](sum)
		return err
	})
	return products, err
}

// addProducts adds the products of the rows from first up to end to sum.
func addProducts(sum *ts.Tensor, x, y Centered, first, end int) error {
	var s torch.Scope
	defer s.Drop()
	left := s.Do(func() (*ts.Tensor, error) { return x.rows(first, end) })
	across := s.Do(func() (*ts.Tensor, error) { return left.T(false) })
	right := s.Do(func() (*ts.Tensor, error) { return y.rows(first, end) })
	if s.Err != nil {
		return s.Err
	}
	return sum.Addmm_(across, right)
}

// rows is float64 [end-first, Columns].
func (x Centered) rows(first, end int) (*ts.Tensor, error) {
	values := make([]float64, 0, (end-first)*x.Columns)
	for i := first; i < end; i++ {
		for j, value := range x.Row(i) {
			values = append(values, float64(value)-x.Means[j])
		}
	}
	return torch.FromSlice(values, int64(end-first), int64(x.Columns))
}

// Eigen decomposes a symmetric matrix, [side, side]. Values ascend; row k of
// vectors, [side, side], has length 1 and belongs to values[k]. LAPACK works on it
// in one piece, a third of a second for a side of 1,000.
func Eigen(symmetric []float64, side int) (values, vectors []float64, err error) {
	err = torch.NoGrad(func() error {
		var s torch.Scope
		defer s.Drop()
		whole := s.Do(func() (*ts.Tensor, error) { return torch.FromSlice(symmetric, int64(side), int64(side)) })
		var ascending *ts.Tensor
		columns := s.Do(func() (*ts.Tensor, error) {
			values, vectors, err := whole.LinalgEigh("L", false)
			ascending = values
			return vectors, err
		})
		defer torch.Drop(ascending)
		across := s.Do(func() (*ts.Tensor, error) { return columns.T(false) })
		rows := s.Do(func() (*ts.Tensor, error) { return torch.Contiguous(across) })
		if s.Err != nil {
			return s.Err
		}
		var err error
		if values, err = torch.ToSlice[float64](ascending); err != nil {
			return err
		}
		vectors, err = torch.ToSlice[float64](rows)
		return err
	})
	return values, vectors, err
}
