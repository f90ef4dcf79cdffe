package experiments

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// Three ways to the eigenvectors of the scatter matrix that have the largest
// eigenvalues: float64 [components, d], orthonormal, and the eigenvalues, both
// from the largest down. Where several eigenvalues are equal, or rows are fewer
// than components, any orthonormal vectors that fit will do.

// scatterAxes solves the scatter matrix whole.
func (x *centred) scatterAxes(ctx context.Context, components int) (*ts.Tensor, []float64, error) {
	var s torch.Scope
	defer s.Drop()
	scatter := s.Do(func() (*ts.Tensor, error) { return zeros(x.d, x.d) })
	if s.Err != nil {
		return nil, nil, s.Err
	}
	err := x.eachRows(ctx, squareBlockOf(x.d), func(rows *ts.Tensor) error {
		var s torch.Scope
		defer s.Drop()
		columns := transposed(&s, rows)
		if s.Err != nil {
			return s.Err
		}
		return scatter.Addmm_(columns, rows)
	})
	if err != nil {
		return nil, nil, err
	}
	return leading(ctx, scatter, components)
}

// gramAxes solves the Gram matrix whole: for an eigenvector u of X X^T, X^T u is
// one of X^T X. Householder's QR makes them orthonormal, those of the eigenvalue
// zero included.
func (x *centred) gramAxes(ctx context.Context, components int) (*ts.Tensor, []float64, error) {
	var s torch.Scope
	defer s.Drop()
	gram := s.Do(func() (*ts.Tensor, error) { return zeros(x.n, x.n) })
	long := s.Do(func() (*ts.Tensor, error) { return zeros(components, x.d) })
	if s.Err != nil {
		return nil, nil, s.Err
	}
	err := x.eachColumns(ctx, squareBlockOf(x.n), func(_ int64, columns *ts.Tensor) error {
		var s torch.Scope
		defer s.Drop()
		rows := transposed(&s, columns)
		if s.Err != nil {
			return s.Err
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
		var s torch.Scope
		defer s.Drop()
		place := s.Do(func() (*ts.Tensor, error) { return long.Narrow(1, first, columns.MustSize()[1], false) })
		part := product(&s, vectors, columns)
		if s.Err != nil {
			return s.Err
		}
		return torch.Copy(place, part)
	})
	if err != nil {
		return nil, nil, err
	}
	axes, _, err := orthonormal(ctx, long)
	return axes, values, err
}

// krylovSize is how many vectors leadingAxes adds at a time, a few more than are
// asked for, and how many it keeps at most.
func krylovSize(components int) (block, basis int) {
	block = components + 6
	return block, max(256, 4*block)
}

// leadingAxes finds just those asked for, by a block Lanczos iteration with
// thick restarts. Its basis grows by what the scatter matrix, which is never
// made, makes of the vectors last added, orthogonalised twice; the eigenvectors
// within the basis approach the scatter matrix's own. They are exact to 1e-13 of
// its largest eigenvalue in tens of rounds, each of which reads the features
// once. A full basis is cut down to its leading eigenvectors.
func (x *centred) leadingAxes(ctx context.Context, components int) (*ts.Tensor, []float64, error) {
	block, most := krylovSize(components)
	k := &krylov{d: x.d, most: most}
	var err error
	if k.vectors, err = zeros(most, x.d); err != nil {
		return nil, nil, err
	}
	defer torch.Drop(k.vectors)
	next, err := randomAxes(ctx, block, x.d)
	if err != nil {
		return nil, nil, err
	}
	defer func() { torch.Drop(next) }()
	// After so many rounds more than a block of eigenvalues are all but equal,
	// and so are all axes that they allow.
	const patience, exact, enough = 400, 1e-13, 1e-9
	for round := 0; ; round++ {
		image, err := x.scatterTimes(ctx, next)
		if err != nil {
			return nil, nil, err
		}
		further, rest, err := k.add(ctx, next, image)
		torch.Drop(image)
		if err != nil {
			return nil, nil, err
		}
		torch.Drop(next)
		next = further
		tolerance := exact
		if round >= patience {
			tolerance = enough
		}
		axes, values, err := k.solve(ctx, components, block, rest, tolerance)
		if axes != nil || err != nil {
			return axes, values, err
		}
	}
}

// scatterTimes is the scatter matrix times each of vectors, [k, d].
func (x *centred) scatterTimes(ctx context.Context, vectors *ts.Tensor) (*ts.Tensor, error) {
	var s torch.Scope
	defer s.Drop()
	down := transposed(&s, vectors)
	if s.Err != nil {
		return nil, s.Err
	}
	image, err := zeros(int(vectors.MustSize()[0]), x.d)
	if err != nil {
		return nil, err
	}
	err = x.eachRows(ctx, blockOf(x.d), func(rows *ts.Tensor) error {
		var s torch.Scope
		defer s.Drop()
		coordinates := product(&s, rows, down)
		up := transposed(&s, coordinates)
		if s.Err != nil {
			return s.Err
		}
		return image.Addmm_(up, rows)
	})
	if err != nil {
		torch.Drop(image)
		return nil, err
	}
	return image, nil
}

// krylov is a growing basis, and what the scatter matrix is within it.
type krylov struct {
	d, most int
	vectors *ts.Tensor // [most, d], of which the first size are in use
	within  [][]float64
}

// add takes the vectors next, [b, d], into the basis, image being what the
// scatter matrix makes of them. What of the image lies outside is further times
// rest, [b][b]: orthonormal vectors to add then.
func (k *krylov) add(ctx context.Context, next, image *ts.Tensor) (further *ts.Tensor, rest [][]float64, err error) {
	var s torch.Scope
	defer s.Drop()
	was := len(k.within)
	block := int(next.MustSize()[0])
	place := s.Do(func() (*ts.Tensor, error) { return k.vectors.Narrow(0, int64(was), int64(block), false) })
	basis := s.Do(func() (*ts.Tensor, error) { return k.vectors.Narrow(0, 0, int64(was+block), false) })
	if s.Err != nil {
		return nil, nil, s.Err
	}
	if err := torch.Copy(place, next); err != nil {
		return nil, nil, err
	}
	first, err := takeOut(image, basis)
	if err != nil {
		return nil, nil, err
	}
	second, err := takeOut(image, basis)
	if err != nil {
		return nil, nil, err
	}
	for i := range k.within {
		k.within[i] = append(k.within[i], make([]float64, block)...)
	}
	for range block {
		k.within = append(k.within, make([]float64, was+block))
	}
	for i := range was + block {
		for j := range block {
			v := first[i][j] + second[i][j]
			if i >= was { // its mirror image, rounded otherwise, is here too
				v = (v + first[was+j][i-was] + second[was+j][i-was]) / 2
			}
			k.within[i][was+j], k.within[was+j][i] = v, v
		}
	}
	outside, rest, err := orthonormal(ctx, image)
	if err != nil {
		return nil, nil, err
	}
	defer torch.Drop(outside)
	// Where the image lies within the basis, QR has made up some vectors.
	if _, err := takeOut(outside, basis); err != nil {
		return nil, nil, err
	}
	further, _, err = orthonormal(ctx, outside)
	return further, rest, err
}

// solve returns the basis's leading eigenvectors where they are the scatter
// matrix's own to a tolerance, relative to the largest eigenvalue. Else it
// returns nil, having made room in the basis for another block.
func (k *krylov) solve(ctx context.Context, components, block int, rest [][]float64, tolerance float64) (*ts.Tensor, []float64, error) {
	size := len(k.within)
	kept := components + block
	if size < components {
		return nil, nil, nil
	}
	within, err := torch.FromSlice(slices.Concat(k.within...), int64(size), int64(size))
	if err != nil {
		return nil, nil, err
	}
	defer torch.Drop(within)
	vectors, values, err := leading(ctx, within, min(kept, size))
	if err != nil {
		return nil, nil, err
	}
	defer torch.Drop(vectors)
	flat, err := torch.ToSlice[float64](vectors)
	if err != nil {
		return nil, nil, err
	}
	found := true
	for c := range components {
		last := flat[(c+1)*size-block : (c+1)*size]
		found = found && residual(rest, last) <= tolerance*values[0]
	}
	full := size+block > k.most
	if !found && !full {
		return nil, nil, nil
	}
	var s torch.Scope
	defer s.Drop()
	basis := s.Do(func() (*ts.Tensor, error) { return k.vectors.Narrow(0, 0, int64(size), false) })
	rotated := product(&s, vectors, basis)
	if s.Err != nil {
		return nil, nil, s.Err
	}
	if found {
		axes, err := rotated.Narrow(0, 0, int64(components), false)
		return axes, values[:components], err
	}
	place := s.Do(func() (*ts.Tensor, error) { return k.vectors.Narrow(0, 0, int64(kept), false) })
	if s.Err != nil {
		return nil, nil, s.Err
	}
	k.within = nil
	for c := range kept {
		k.within = append(k.within, make([]float64, kept))
		k.within[c][c] = values[c]
	}
	return nil, nil, torch.Copy(place, rotated)
}

// residual is the length of rest times v.
func residual(rest [][]float64, v []float64) float64 {
	var sum float64
	for _, row := range rest {
		var dot float64
		for j, x := range v {
			dot += row[j] * x
		}
		sum += dot * dot
	}
	return math.Sqrt(sum)
}

// takeOut makes vectors, [b, d], orthogonal to an orthonormal basis, [k, d], and
// returns how much of each there was in them, [k][b].
func takeOut(vectors, basis *ts.Tensor) ([][]float64, error) {
	var s torch.Scope
	defer s.Drop()
	up := transposed(&s, vectors)
	shares := product(&s, basis, up)
	back := transposed(&s, shares)
	inside := product(&s, back, basis)
	if s.Err != nil {
		return nil, s.Err
	}
	flat, err := torch.ToSlice[float64](shares)
	if err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(flat, int(vectors.MustSize()[0]))), vectors.Sub_(inside)
}

// randomAxes are orthonormal vectors, [k, d], the same each time.
func randomAxes(ctx context.Context, k, d int) (*ts.Tensor, error) {
	random := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, k*d)
	for i := range values {
		values[i] = random.NormFloat64()
	}
	vectors, err := torch.FromSlice(values, int64(k), int64(d))
	if err != nil {
		return nil, err
	}
	defer torch.Drop(vectors)
	axes, _, err := orthonormal(ctx, vectors)
	return axes, err
}

// leading are the eigenvectors of a symmetric matrix, [k, k], that have the
// largest eigenvalues, [count, k], and these.
func leading(ctx context.Context, matrix *ts.Tensor, count int) (*ts.Tensor, []float64, error) {
	found, err := abandonable(ctx, matrix, func(m *ts.Tensor) ([]*ts.Tensor, error) {
		values, vectors, err := m.LinalgEigh("L", false)
		return []*ts.Tensor{values, vectors}, err
	})
	if err != nil {
		return nil, nil, err
	}
	defer torch.Drop(found...)
	var s torch.Scope
	defer s.Drop()
	k := found[0].MustSize()[0]
	last := s.Do(func() (*ts.Tensor, error) { return found[1].Narrow(1, k-int64(count), int64(count), false) })
	ascending := transposed(&s, last)
	if s.Err != nil {
		return nil, nil, s.Err
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

// orthonormal makes vectors, [k, d], orthonormal from the first on: they are rest
// transposed, [k][k], times the result.
func orthonormal(ctx context.Context, vectors *ts.Tensor) (axes *ts.Tensor, rest [][]float64, err error) {
	found, err := abandonable(ctx, vectors, func(v *ts.Tensor) ([]*ts.Tensor, error) {
		var s torch.Scope
		defer s.Drop()
		columns := transposed(&s, v)
		if s.Err != nil {
			return nil, s.Err
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
	var s torch.Scope
	defer s.Drop()
	rows := transposed(&s, found[0])
	if s.Err != nil {
		return nil, nil, s.Err
	}
	axes, err = torch.Contiguous(rows)
	return axes, slices.Collect(slices.Chunk(flat, int(found[1].MustSize()[1]))), err
}

// abandonable calls f, which nothing can interrupt, with matrix on a thread of
// its own. When ctx ends first it returns ctx's error at once, and f ends when
// it ends; the program need not wait for that.
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

// zeros is float64 [n, d] on the CPU.
func zeros(n, d int) (*ts.Tensor, error) {
	return ts.Zeros([]int64{int64(n), int64(d)}, gotch.Double, gotch.CPU)
}

// product is a b, and transposed a^T, which shares a's memory; s drops both.
func product(s *torch.Scope, a, b *ts.Tensor) *ts.Tensor {
	return s.Do(func() (*ts.Tensor, error) { return a.Matmul(b, false) })
}

func transposed(s *torch.Scope, a *ts.Tensor) *ts.Tensor {
	return s.Do(func() (*ts.Tensor, error) { return a.T(false) })
}
