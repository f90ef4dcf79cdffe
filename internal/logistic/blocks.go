package logistic

import (
	"context"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch"
)

// blockValues is how many features a block holds, at least those of one image.
// In float64 they take 1 MB, which stays in the cache between the two products
// of a step.
const blockValues = 1 << 17

// eachBlock calls f with consecutive rows of features, float64 [rows, columns].
// first is the number of the first. It stops with ctx's error when ctx ends.
//
// Features stay float32 in memory: as float64 they would take twice as much of
// it, and as long to read as they take to convert.
func eachBlock(ctx context.Context, features matrix.Matrix, f func(first int, rows *ts.Tensor) error) error {
	length := max(1, blockValues/features.Columns)
	return torch.NoGrad(func() error {
		for first := 0; first < features.Rows(); first += length {
			if err := ctx.Err(); err != nil {
				return err
			}
			block := features.Slice(first, min(first+length, features.Rows()))
			var s torch.Scope
			single := s.Do(func() (*ts.Tensor, error) {
				return torch.FromSlice(block.Values, int64(block.Rows()), int64(block.Columns))
			})
			double := s.Do(func() (*ts.Tensor, error) { return single.Totype(gotch.Double, false) })
			if s.Err == nil {
				s.Err = f(first, double)
			}
			s.Drop()
			if s.Err != nil {
				return s.Err
			}
		}
		return nil
	})
}

// tensor is a matrix [rows, len(values)/rows], which s drops.
func tensor(s *torch.Scope, values []float64, rows int) *ts.Tensor {
	return s.Do(func() (*ts.Tensor, error) {
		return torch.FromSlice(values, int64(rows), int64(len(values)/rows))
	})
}

// transposed shares a's memory. s drops it.
func transposed(s *torch.Scope, a *ts.Tensor) *ts.Tensor {
	return s.Do(func() (*ts.Tensor, error) { return a.T(false) })
}

// product is a b, which s drops.
func product(s *torch.Scope, a, b *ts.Tensor) *ts.Tensor {
	return s.Do(func() (*ts.Tensor, error) { return a.Mm(b, false) })
}

// read copies t's values to Go, unless a step of s has failed before.
func read(s *torch.Scope, t *ts.Tensor) ([]float64, error) {
	if s.Err != nil {
		return nil, s.Err
	}
	return torch.ToSlice[float64](t)
}
