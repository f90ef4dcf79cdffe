package torch

// #include "native/aeprobe_torch.h"
import "C"

import "github.com/sugarme/gotch/ts"

// Adam is torch.optim.Adam(fused=True), or AdamW, with PyTorch's beta, 0.9 and
// 0.999, and epsilon, 1e-8. Kingma and Ba, Adam: A Method for Stochastic
// Optimization, 2015; Loshchilov and Hutter, Decoupled Weight Decay
// Regularization, 2019.
type Adam struct {
	Optimizer
}

// NewAdam returns an optimizer of parameters, which it also marks as requiring
// gradients. Its weight decay is L2: part of the gradient.
func NewAdam(parameters []*ts.Tensor, s OptimizerSettings) (*Adam, error) {
	return newAdam(parameters, s, false)
}

// NewAdamW is NewAdam with a decoupled weight decay: it does not enter the
// gradient's averages.
func NewAdamW(parameters []*ts.Tensor, s OptimizerSettings) (*Adam, error) {
	return newAdam(parameters, s, true)
}

func newAdam(parameters []*ts.Tensor, s OptimizerSettings, decoupled bool) (*Adam, error) {
	o, err := newOptimizer(parameters, s, func(c *C.aep_optimizer_settings, out *C.aep_optimizer) *C.char {
		return C.aep_adam_new(c, flag(decoupled), out)
	})
	if err != nil {
		return nil, err
	}
	return &Adam{o}, nil
}

// Moments returns the running averages of the gradient and of its square for
// the parameter at index. They share memory with the optimizer's own; the
// caller drops them.
func (a *Adam) Moments(index int) (average, square *ts.Tensor, err error) {
	if average, err = a.state(0, index); err != nil {
		return nil, nil, err
	}
	square, err = a.state(1, index)
	return average, square, err
}

// Step returns the number of steps taken, a float32 scalar that shares memory
// with the optimizer's own; the caller drops it.
func (a *Adam) Step() (*ts.Tensor, error) {
	var steps C.aep_tensor
	message := C.aep_adam_steps(a.c, &steps)
	return owned(steps, message)
}
