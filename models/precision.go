package models

import (
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// This file is mixed precision, as torch.autocast does it for these networks. The
// rule: weights, buffers and what optimizers keep stay float32; a module computes
// in its input's type, and convolutions round their weights to it on the way, so
// that gradients arrive in float32.

// inBFloat16 tells that a module is to compute in bfloat16.
func inBFloat16(x *ts.Tensor) bool { return x.DType() == gotch.BFloat16 }

// rounded calls f with a convolution's weight and bias in bfloat16.
func (w *weighted) rounded(f func(weight, bias *ts.Tensor) (*ts.Tensor, error)) (*ts.Tensor, error) {
	var s torch.Scope
	defer s.Drop()
	weight := torch.Apply(&s, w.weight.Totype, gotch.BFloat16)
	bias := s.Do(func() (*ts.Tensor, error) {
		if w.bias == nil {
			return ts.NewTensor(), nil // an undefined one, as libtorch wants it
		}
		return w.bias.Totype(gotch.BFloat16, false)
	})
	if s.Err != nil {
		return nil, s.Err
	}
	return f(weight, bias)
}

// MixedPrecision is f(x), for a network's part f, computed in bfloat16, which has 8
// bits of mantissa instead of float32's 24. x and the result are float32.
func MixedPrecision(x *ts.Tensor, f func(x *ts.Tensor) (*ts.Tensor, error)) (*ts.Tensor, error) {
	low, err := x.Totype(gotch.BFloat16, false)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(low)
	y, err := f(low)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(y)
	return y.Totype(gotch.Float, false)
}
