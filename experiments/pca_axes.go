package experiments

import (
	"context"
	"slices"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// scatterAxes, gramAxes and leadingAxes find the leading eigenvectors of the
// scatter matrix, orthonormal float64 [components, d], and their eigenvalues,
// both in descending order. Where eigenvalues are equal, 0 among them, the
// eigenvectors are one choice of many.

// scatterAxes computes all eigenvectors of the scatter matrix.
func (x *centred) scatterAxes(ctx context.Context, components int) (*ts.Tensor, []float64, error) {
	var s scope
	defer s.drop()
	scatter := s.do(func() (*ts.Tensor, error) { return zeros(x.d, x.d) })
	if s.err != nil {
		return nil, nil, s.err
	}
	err := x.eachRows(ctx, squareBlockOf(x.d), func(rows *ts.Tensor) error {
		var s scope
		defer s.drop()
		columns := transposed(&s, rows)
		if s.err != nil {
			return s.err
		}
		return scatter.Addmm_(columns, rows)
	})
	if err != nil {
		return nil, nil, err
	}
	return leading(ctx, scatter, components)
}

// gramAxes computes all eigenvectors of the Gram matrix: if u is one of X X^T, X^T u
// is one of X^T X. QR makes them orthonormal, those of the eigenvalue 0 included.
func (x *centred) gramAxes(ctx context.Context, components int) (*ts.Tensor, []float64, error) {
	var s scope
	defer s.drop()
	gram := s.do(func() (*ts.Tensor, error) { return zeros(x.n, x.n) })
	long := s.do(func() (*ts.Tensor, error) { return zeros(components, x.d) })
	if s.err != nil {
		return nil, nil, s.err
	}
	err := x.eachColumns(ctx, squareBlockOf(x.n), func(_ int64, columns *ts.Tensor) error {
		var s scope
		defer s.drop()
		rows := transposed(&s, columns)
		if s.err != nil {
			return s.err
		}
		return gram.Addmm_(columns, rows)
	})
	if err != nil {
		return nil, nil, err
	}
	vectors, values, err := leading(ctx, gram, components)
	if err != nil {
		return nil, nil, err
	}
	defer torch.Drop(vectors)
	err = x.eachColumns(ctx, squareBlockOf(x.n), func(first int64, columns *ts.Tensor) error {
		var s scope
		defer s.drop()
		place := s.do(func() (*ts.Tensor, error) { return long.Narrow(1, first, columns.MustSize()[1], false) })
		part := product(&s, vectors, columns)
		if s.err != nil {
			return s.err
		}
		return torch.Copy(place, part)
	})
	if err != nil {
		return nil, nil, err
	}
	axes, _, err := orthonormal(ctx, long)
	return axes, values, err
}

// leading returns the eigenvectors, [count, k], of a symmetric matrix, [k, k],
// that have the largest eigenvalues, and the eigenvalues, both in descending order.
func leading(ctx context.Context, matrix *ts.Tensor, count int) (*ts.Tensor, []float64, error) {
	found, err := abandonable(ctx, matrix, func(m *ts.Tensor) ([]*ts.Tensor, error) {
		values, vectors, err := m.LinalgEigh("L", false)
		return []*ts.Tensor{values, vectors}, err
	})
	if err != nil {
		return nil, nil, err
	}
	defer torch.Drop(found...)
	var s scope
	defer s.drop()
	k := found[0].MustSize()[0]
	last := s.do(func() (*ts.Tensor, error) { return found[1].Narrow(1, k-int64(count), int64(count), false) })
	ascending := transposed(&s, last)
	if s.err != nil {
		return nil, nil, s.err
	}
	all, err := torch.ToSlice[float64](found[0])
	if err != nil {
		return nil, nil, err
	}
	values := slices.Clone(all[int(k)-count:])
	slices.Reverse(values)
	vectors, err := ascending.Flip([]int64{0}, false)
	return vectors, values, err
}

// orthonormal returns orthonormal axes, [k, d], and the upper triangular rest,
// [k][k], such that vectors, [k, d], are rest^T axes.
func orthonormal(ctx context.Context, vectors *ts.Tensor) (axes *ts.Tensor, rest [][]float64, err error) {
	found, err := abandonable(ctx, vectors, func(v *ts.Tensor) ([]*ts.Tensor, error) {
		var s scope
		defer s.drop()
		columns := transposed(&s, v)
		if s.err != nil {
			return nil, s.err
		}
		q, r, err := ts.LinalgQr(columns, "reduced")
		return []*ts.Tensor{q, r}, err
	})
	if err != nil {
		return nil, nil, err
	}
	defer torch.Drop(found...)
	flat, err := torch.ToSlice[float64](found[1])
	if err != nil {
		return nil, nil, err
	}
	var s scope
	defer s.drop()
	rows := transposed(&s, found[0])
	if s.err != nil {
		return nil, nil, s.err
	}
	axes, err = torch.Contiguous(rows)
	return axes, slices.Collect(slices.Chunk(flat, int(found[1].MustSize()[1]))), err
}

// abandonable calls f, which nothing can interrupt, with matrix on a thread of its
// own. If ctx ends first, it returns ctx's error at once and leaves f running: the
// program can exit meanwhile.
func abandonable(ctx context.Context, matrix *ts.Tensor, f func(*ts.Tensor) ([]*ts.Tensor, error)) ([]*ts.Tensor, error) {
	own, err := matrix.ShallowClone()
	if err != nil {
		return nil, err
	}
	type outcome struct {
		tensors []*ts.Tensor
		err     error
	}
	done := make(chan outcome)
	go func() {
		defer torch.Drop(own)
		var o outcome
		// Not unpinned, the thread ends with this goroutine.
		if _, o.err = torch.Pin(); o.err == nil {
			o.tensors, o.err = f(own)
		}
		select {
		case done <- o:
		case <-ctx.Done():
			torch.Drop(o.tensors...)
		}
	}()
	select {
	case o := <-done:
		return o.tensors, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// zeros returns float64 [n, d] on the CPU.
func zeros(n, d int) (*ts.Tensor, error) {
	return ts.Zeros([]int64{int64(n), int64(d)}, gotch.Double, gotch.CPU)
}

// product returns a b. s drops it.
func product(s *scope, a, b *ts.Tensor) *ts.Tensor {
	return s.do(func() (*ts.Tensor, error) { return a.Matmul(b, false) })
}

// transposed returns a^T, which shares a's memory. s drops it.
func transposed(s *scope, a *ts.Tensor) *ts.Tensor {
	return s.do(func() (*ts.Tensor, error) { return a.T(false) })
}
