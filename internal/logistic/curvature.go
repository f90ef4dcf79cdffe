package logistic

import (
	"context"
	"slices"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// curvature is what the objective's Hessian is made of at W = 0. There, with k
// classes, each class's weights have the block S / k + lambda I, where S is the
// standardised features' second moment; rows of weights sum to zero, so that
// classes do not mix. Solving with it takes the features' correlations out of
// the iteration, which converges in tens rather than thousands of steps.
type curvature struct {
	// rows are the standardised features, nil where there are no fewer images
	// than features.
	rows []float64
	// moment is S, [features, features], or where rows are kept n times its
	// counterpart, the rows' products with each other, [n, n].
	moment []float64
	size   int
}

// measure makes p.curvature.
func (p *Problem) measure(ctx context.Context) error {
	if p.curvature != nil {
		return nil
	}
	n, d := len(p.targets), p.features.Columns
	if n < d {
		return p.measureRows(ctx)
	}
	var s torch.Scope
	defer s.Drop()
	moment := tensor(&s, make([]float64, d*d), d)
	if s.Err != nil {
		return s.Err
	}
	err := p.eachStandardised(ctx, func(rows *ts.Tensor) error {
		var s torch.Scope
		defer s.Drop()
		across := transposed(&s, rows)
		if s.Err != nil {
			return s.Err
		}
		return moment.Addmm_(across, rows)
	})
	if err != nil {
		return err
	}
	values, err := read(&s, moment)
	for i := range values {
		values[i] /= float64(n)
	}
	p.curvature = &curvature{moment: values, size: d}
	return err
}

// measureRows is measure for fewer images than features.
func (p *Problem) measureRows(ctx context.Context) error {
	var all []float64
	err := p.eachStandardised(ctx, func(rows *ts.Tensor) error {
		values, err := torch.ToSlice[float64](rows)
		all = append(all, values...)
		return err
	})
	if err != nil {
		return err
	}
	var s torch.Scope
	defer s.Drop()
	n := len(p.targets)
	rows := tensor(&s, all, n)
	moment, err := read(&s, product(&s, rows, transposed(&s, rows)))
	p.curvature = &curvature{rows: all, moment: moment, size: n}
	return err
}

// eachStandardised is eachBlock for standardised features.
func (p *Problem) eachStandardised(ctx context.Context, f func(rows *ts.Tensor) error) error {
	var s torch.Scope
	defer s.Drop()
	means, inverse := tensor(&s, p.scaler.Means, 1), tensor(&s, p.inverse, 1)
	if s.Err != nil {
		return s.Err
	}
	return eachBlock(ctx, p.features, func(_ int, rows *ts.Tensor) error {
		if err := rows.Sub_(means); err != nil {
			return err
		}
		if err := rows.Mul_(inverse); err != nil {
			return err
		}
		return f(rows)
	})
}

// preconditioner multiplies by the inverse of the curvature at some penalty.
type preconditioner struct {
	scope   torch.Scope
	classes int
	penalty float64
	// factor is the lower Cholesky factor of S / classes + penalty I, or with
	// rows, [n, d], of their products with each other + n classes penalty I.
	factor, rows *ts.Tensor
}

// leastPenalty keeps a curvature invertible in float64 where features depend on
// each other. It changes the path of the iteration, not its end.
const leastPenalty = 1e-8

// precondition is p's preconditioner, which the caller drops. p.measure has been
// called.
func (p *Problem) precondition(penalty float64) (*preconditioner, error) {
	m := &preconditioner{classes: len(p.present), penalty: max(penalty, leastPenalty)}
	moment := slices.Clone(p.curvature.moment)
	scale, add := 1/float64(m.classes), m.penalty
	if p.curvature.rows != nil {
		scale, add = 1, m.penalty*float64(len(p.targets)*m.classes)
		m.rows = tensor(&m.scope, p.curvature.rows, len(p.targets))
	}
	for i := range moment {
		moment[i] *= scale
	}
	for i := range p.curvature.size {
		moment[i*p.curvature.size+i] += add
	}
	whole := tensor(&m.scope, moment, p.curvature.size)
	m.factor = m.scope.Do(func() (*ts.Tensor, error) { return whole.LinalgCholesky(false, false) })
	if m.scope.Err != nil {
		m.scope.Drop()
		return nil, m.scope.Err
	}
	return m, nil
}

// apply returns the inverse times v, which is laid out as coefficients are.
func (m *preconditioner) apply(v []float64) ([]float64, error) {
	k := m.classes
	d := len(v)/k - 1
	var s torch.Scope
	defer s.Drop()
	weights := tensor(&s, v[:k*d], k)
	right := weights
	if m.rows != nil {
		right = product(&s, weights, transposed(&s, m.rows))
	}
	down := transposed(&s, right)
	solved := s.Do(func() (*ts.Tensor, error) { return down.CholeskySolve(m.factor, false, false) })
	across := transposed(&s, solved)
	if m.rows != nil {
		across = product(&s, across, m.rows)
	}
	solution, err := read(&s, across)
	if err != nil {
		return nil, err
	}
	if m.rows != nil {
		// Woodbury: (R^T R / (n k) + lambda I)^-1 = (I - R^T (R R^T + n k lambda I)^-1 R) / lambda.
		for i := range solution {
			solution[i] = (v[i] - solution[i]) / m.penalty
		}
	}
	for _, x := range v[k*d:] {
		solution = append(solution, x*float64(k))
	}
	return solution, nil
}

func (m *preconditioner) drop() { m.scope.Drop() }
