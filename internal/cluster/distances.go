package cluster

import (
	"context"
	"math"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch"
)

// This file keeps one rule: no result depends on how libtorch rounds, which
// differs by processor and number of threads. Its float32 products only rule out
// points that are farther away than rounding could hide; among the others,
// float64 distances added in a fixed order decide.

// blockRows is how many rows a product takes at a time.
const blockRows = 1000

// rows are a matrix's rows, which libtorch holds between products.
type rows struct {
	matrix.Matrix
	// center is subtracted before products: the farther rows are from 0, compared
	// with the distances between them, the less float32 products can tell.
	center []float64
	// blocks are float32 [blockRows or fewer, Columns], less center.
	blocks []*ts.Tensor
	// squares are the squared lengths of the rows less center.
	squares []float64
}

func newRows(m matrix.Matrix) (*rows, error) {
	r := &rows{Matrix: m, center: m.Means()}
	for first := 0; first < m.Rows(); first += blockRows {
		centered, squares := less(m.Slice(first, min(first+blockRows, m.Rows())), r.center)
		block, err := fromMatrix(centered)
		if err != nil {
			r.drop()
			return nil, err
		}
		r.blocks = append(r.blocks, block)
		r.squares = append(r.squares, squares...)
	}
	return r, nil
}

func (r *rows) drop() { torch.Drop(r.blocks...) }

// less subtracts center from each row of m, and returns the squared lengths of
// the rows it made.
func less(m matrix.Matrix, center []float64) (matrix.Matrix, []float64) {
	made, squares := matrix.New(m.Rows(), m.Columns), make([]float64, m.Rows())
	for i := range squares {
		to := made.Row(i)
		for j, x := range m.Row(i) {
			to[j] = float32(float64(x) - center[j])
			squares[i] += float64(to[j]) * float64(to[j])
		}
	}
	return made, squares
}

// meanVariance is the mean of the columns' variances.
func (r *rows) meanVariance() float64 {
	var sum float64
	for _, s := range r.squares {
		sum += s
	}
	return sum / float64(len(r.Values))
}

// each calls f with every row i and estimates of its squared distances from
// points, none of which is off by more than slack.
func (r *rows) each(ctx context.Context, points matrix.Matrix, f func(i int, estimates []float64, slack float64)) error {
	centered, squares := less(points, r.center)
	var longest float64
	for _, s := range squares {
		longest = max(longest, math.Sqrt(s))
	}
	estimates := make([]float64, points.Rows())
	return torch.NoGrad(func() error {
		right, err := fromMatrix(centered)
		if err != nil {
			return err
		}
		defer torch.Drop(right)
		down, err := right.T(false)
		if err != nil {
			return err
		}
		defer torch.Drop(down)
		i := 0
		for _, block := range r.blocks {
			if err := ctx.Err(); err != nil {
				return err
			}
			products, err := product(block, down)
			if err != nil {
				return err
			}
			for ; len(products) > 0; products = products[len(estimates):] {
				for j, p := range products[:len(estimates)] {
					estimates[j] = r.squares[i] + squares[j] - 2*float64(p)
				}
				f(i, estimates, r.slack(i, longest))
				i++
			}
		}
		return nil
	})
}

// slack bounds the error of an estimate for row i and a point whose length, less
// center, is at most longest. With u = 2^-24, n columns and lengths a and b, a
// float32 product is off by n u a b at most, in whatever order it is added
// (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), and
// 2 a b <= (a + b)^2 / 2; rounding the centered values adds 2 u (a + b)^2. The
// constants leave room for terms in u^2; the last summand is for underflow.
func (r *rows) slack(i int, longest float64) float64 {
	n, sum := float64(r.Columns), math.Sqrt(r.squares[i])+longest
	return (0.6*n+4)*0x1p-24*sum*sum + n*0x1p-125
}

// nearest is the number of the point nearest to row i, the lowest of equally near
// ones, by each's estimates for these points.
func (r *rows) nearest(i int, points matrix.Matrix, estimates []float64, slack float64) int {
	best, first, second := 0, math.Inf(1), math.Inf(1)
	for j, e := range estimates {
		if e < first {
			best, first, second = j, e, first
		} else if e < second {
			second = e
		}
	}
	limit := first + 2*slack
	if second > limit {
		return best
	}
	least := math.Inf(1)
	for j, e := range estimates {
		if e > limit {
			continue
		}
		if d := squaredDistance(r.Row(i), points.Row(j)); d < least {
			best, least = j, d
		}
	}
	return best
}

// squaredDistance adds in four sums, which a processor can do side by side.
func squaredDistance(x, y []float32) float64 {
	var sums [4]float64
	y = y[:len(x)]
	j := 0
	for ; j+4 <= len(x); j += 4 {
		d0 := float64(x[j]) - float64(y[j])
		d1 := float64(x[j+1]) - float64(y[j+1])
		d2 := float64(x[j+2]) - float64(y[j+2])
		d3 := float64(x[j+3]) - float64(y[j+3])
		sums[0] += d0 * d0
		sums[1] += d1 * d1
		sums[2] += d2 * d2
		sums[3] += d3 * d3
	}
	for ; j < len(x); j++ {
		d := float64(x[j]) - float64(y[j])
		sums[0] += d * d
	}
	return sums[0] + sums[1] + (sums[2] + sums[3])
}

// product is block times down, row-major.
func product(block, down *ts.Tensor) ([]float32, error) {
	made, err := block.Mm(down, false)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(made)
	return torch.ToSlice[float32](made)
}

func fromMatrix(m matrix.Matrix) (*ts.Tensor, error) {
	return torch.FromSlice(m.Values, int64(m.Rows()), int64(m.Columns))
}
