package logistic

import (
	"context"
	"math"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch"
)

// evaluate computes the objective at coefficients w, of p.size(), and writes its
// gradient, as long.
//
// Weights and gradient are of the standardised features z = (x - m) / d. The
// products are with the features x themselves: w z = (w / d) x - (w / d) m, in
// float64, whose rounding is small beside that of the float32 features even
// where a mean is a million times its deviation.
func (p *Problem) evaluate(ctx context.Context, penalty float64, w, gradient []float64) (float64, error) {
	k, d, n := len(p.present), p.features.Columns, float64(len(p.targets))
	raw, offsets := unscale(w, p.scaler.Means, p.inverse, k)
	var s torch.Scope
	defer s.Drop()
	sum := tensor(&s, make([]float64, k*d), k)
	residuals := make([]float64, k)
	var loss float64
	err := eachLogits(ctx, p.features, raw, offsets, &s, func(first int, rows *ts.Tensor, logits []float64) error {
		for i := 0; i*k < len(logits); i++ {
			of := logits[i*k : (i+1)*k]
			target := p.targets[first+i]
			at := of[target]
			total := softmax(of)
			loss += total - at
			of[target]--
			for c, r := range of {
				residuals[c] += r
			}
		}
		var s torch.Scope
		defer s.Drop()
		left := tensor(&s, logits, len(logits)/k)
		across := transposed(&s, left)
		if s.Err != nil {
			return s.Err
		}
		return sum.Addmm_(across, rows)
	})
	if err != nil {
		return 0, err
	}
	sums, err := read(&s, sum)
	if err != nil {
		return 0, err
	}
	var square float64
	for c := range k {
		for j := range d {
			at := c*d + j
			square += w[at] * w[at]
			gradient[at] = p.inverse[j]*(sums[at]-p.scaler.Means[j]*residuals[c])/n + penalty*w[at]
		}
		gradient[k*d+c] = residuals[c] / n
	}
	return loss/n + penalty/2*square, nil
}

// unscale turns k rows of weights of standardised features, then k intercepts,
// into weights of the features themselves and what to add to their products.
func unscale(w, means, inverse []float64, k int) (raw, offsets []float64) {
	d := len(means)
	raw, offsets = make([]float64, k*d), make([]float64, k)
	copy(offsets, w[k*d:])
	for c := range k {
		for j := range d {
			raw[c*d+j] = w[c*d+j] * inverse[j]
			offsets[c] -= raw[c*d+j] * means[j]
		}
	}
	return raw, offsets
}

// eachLogits calls f with consecutive rows of features and their logits,
// [rows, len(offsets)], which are f's to change. first is the number of the
// first row.
func eachLogits(ctx context.Context, features matrix.Matrix, raw, offsets []float64, s *torch.Scope,
	f func(first int, rows *ts.Tensor, logits []float64) error) error {
	weights := tensor(s, raw, len(offsets))
	down := transposed(s, weights)
	if s.Err != nil {
		return s.Err
	}
	return eachBlock(ctx, features, func(first int, rows *ts.Tensor) error {
		var s torch.Scope
		defer s.Drop()
		logits, err := read(&s, product(&s, rows, down))
		if err != nil {
			return err
		}
		for i := range logits {
			logits[i] += offsets[i%len(offsets)]
		}
		return f(first, rows, logits)
	})
}

// softmax replaces logits by probabilities and returns the logarithm of the sum
// of their exponentials.
func softmax(logits []float64) float64 {
	top := math.Inf(-1)
	for _, z := range logits {
		top = max(top, z)
	}
	var sum float64
	for c, z := range logits {
		logits[c] = math.Exp(z - top)
		sum += logits[c]
	}
	for c := range logits {
		logits[c] /= sum
	}
	return top + math.Log(sum)
}

// largest is the largest entry of v by magnitude, NaN where one is.
func largest(v []float64) float64 {
	var most float64
	for _, x := range v {
		most = max(most, math.Abs(x))
	}
	return most
}
