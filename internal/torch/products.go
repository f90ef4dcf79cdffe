package torch

import (
	"context"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/matrix"
)

// productRows is how many rows of a product EachProduct makes at a time, at most:
// of 50,000 columns each, 100 MB.
const productRows = 500

// EachProduct calls f with consecutive rows of a times the transpose of b, whose
// columns are as many: float32 [rows, b.Rows]. first is the number of the first.
// The rows are f's to change, until it returns. It stops with ctx's error when
// ctx ends.
func EachProduct(ctx context.Context, a, b matrix.Matrix, f func(first int, rows matrix.Matrix) error) error {
	return NoGrad(func() error {
		right, err := fromMatrix(b)
		if err != nil {
			return err
		}
		defer Drop(right)
		down, err := right.T(false)
		if err != nil {
			return err
		}
		defer Drop(down)
		for first := 0; first < a.Rows(); first += productRows {
			if err := ctx.Err(); err != nil {
				return err
			}
			end := min(first+productRows, a.Rows())
			rows, err := product(a.Slice(first, end), down)
			if err != nil {
				return err
			}
			if err := f(first, matrix.Matrix{Values: rows, Columns: b.Rows()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// product is rows times down, [columns, N].
func product(rows matrix.Matrix, down *ts.Tensor) ([]float32, error) {
	left, err := fromMatrix(rows)
	if err != nil {
		return nil, err
	}
	defer Drop(left)
	made, err := left.Mm(down, false)
	if err != nil {
		return nil, err
	}
	defer Drop(made)
	return ToSlice[float32](made)
}

func fromMatrix(m matrix.Matrix) (*ts.Tensor, error) {
	return FromSlice(m.Values, int64(m.Rows()), int64(m.Columns))
}
