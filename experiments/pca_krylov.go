package experiments

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// krylovSize is the number of vectors that leadingAxes adds in a round, a few more
// than are asked for, and the most that its basis holds.
func krylovSize(components int) (block, basis int) {
	block = components + 6
	return block, max(256, 4*block)
}

// leadingAxes computes only the eigenvectors asked for, by block Lanczos iteration
// with thick restarts. Each round multiplies the vectors last added by the scatter
// matrix, which takes one pass over the features and never forms it, and adds what
// is orthogonal to the basis. The eigenvectors of the scatter matrix projected on
// the basis converge to its own: after tens of rounds their residuals are below
// 1e-13 of the largest eigenvalue. A full basis restarts from its leading
// eigenvectors.
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
	// If it takes longer, more than a block of eigenvalues are equal to within
	// rounding, and no choice of axes among theirs is better than another.
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

// scatterTimes returns the scatter matrix times each of vectors, [k, d].
func (x *centred) scatterTimes(ctx context.Context, vectors *ts.Tensor) (*ts.Tensor, error) {
	var s scope
	defer s.drop()
	down := transposed(&s, vectors)
	if s.err != nil {
		return nil, s.err
	}
	image, err := zeros(int(vectors.MustSize()[0]), x.d)
	if err != nil {
		return nil, err
	}
	err = x.eachRows(ctx, blockOf(x.d), func(rows *ts.Tensor) error {
		var s scope
		defer s.drop()
		coordinates := product(&s, rows, down)
		up := transposed(&s, coordinates)
		if s.err != nil {
			return s.err
		}
		return image.Addmm_(up, rows)
	})
	if err != nil {
		torch.Drop(image)
		return nil, err
	}
	return image, nil
}

// krylov is a growing orthonormal basis.
type krylov struct {
	d, most int
	vectors *ts.Tensor  // [most, d], of which the first len(within) are in use
	within  [][]float64 // the scatter matrix projected on the basis
}

// add appends the vectors next, [b, d], to the basis; image is the scatter matrix
// times them. The part of the image outside the basis is rest^T, [b][b], times
// further, the orthonormal vectors to add in the next round.
func (k *krylov) add(ctx context.Context, next, image *ts.Tensor) (further *ts.Tensor, rest [][]float64, err error) {
	var s scope
	defer s.drop()
	was := len(k.within)
	block := int(next.MustSize()[0])
	place := s.do(func() (*ts.Tensor, error) { return k.vectors.Narrow(0, int64(was), int64(block), false) })
	basis := s.do(func() (*ts.Tensor, error) { return k.vectors.Narrow(0, 0, int64(was+block), false) })
	if s.err != nil {
		return nil, nil, s.err
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
			if i >= was { // the transposed entry is here, too, rounded differently
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
	// Where the image lies within the basis, QR chose arbitrary vectors.
	if _, err := takeOut(outside, basis); err != nil {
		return nil, nil, err
	}
	further, _, err = orthonormal(ctx, outside)
	return further, rest, err
}

// solve returns the leading eigenvectors if their residuals are within tolerance,
// relative to the largest eigenvalue. Otherwise it returns nil, and makes room in
// the basis if another block would not fit.
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
	var s scope
	defer s.drop()
	basis := s.do(func() (*ts.Tensor, error) { return k.vectors.Narrow(0, 0, int64(size), false) })
	rotated := product(&s, vectors, basis)
	if s.err != nil {
		return nil, nil, s.err
	}
	if found {
		axes, err := rotated.Narrow(0, 0, int64(components), false)
		return axes, values[:components], err
	}
	place := s.do(func() (*ts.Tensor, error) { return k.vectors.Narrow(0, 0, int64(kept), false) })
	if s.err != nil {
		return nil, nil, s.err
	}
	k.within = nil
	for c := range kept {
		k.within = append(k.within, make([]float64, kept))
		k.within[c][c] = values[c]
	}
	return nil, nil, torch.Copy(place, rotated)
}

// residual returns the length of rest times v.
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

// takeOut subtracts from vectors, [b, d], their projections on an orthonormal
// basis, [k, d], and returns the coefficients, [k][b].
func takeOut(vectors, basis *ts.Tensor) ([][]float64, error) {
	var s scope
	defer s.drop()
	up := transposed(&s, vectors)
	shares := product(&s, basis, up)
	back := transposed(&s, shares)
	inside := product(&s, back, basis)
	if s.err != nil {
		return nil, s.err
	}
	flat, err := torch.ToSlice[float64](shares)
	if err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(flat, int(vectors.MustSize()[0]))), vectors.Sub_(inside)
}

// randomAxes returns orthonormal vectors, [k, d], the same in every call.
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
