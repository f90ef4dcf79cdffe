package torch

// #include "aeprobe_torch.h"
import "C"

import (
	"errors"

	"github.com/sugarme/gotch/ts"
)

// Adam is torch.optim.Adam(fused=True) with PyTorch's defaults (beta 0.9 and
// 0.999, epsilon 1e-8, no weight decay): all parameters are updated by one
// call. Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015.
type Adam struct {
	c C.aep_adam
}

// NewAdam returns an optimizer of parameters, which it also marks as requiring
// gradients. The learning rate is per step, as in PyTorch.
func NewAdam(parameters []*ts.Tensor, learningRate float64) (*Adam, error) {
	if len(parameters) == 0 {
		return nil, errors.New("no parameters to train")
	}
	handles := make([]C.aep_tensor, len(parameters))
	for i, p := range parameters {
		if err := failure(C.aep_parameter(handle(p))); err != nil {
			return nil, err
		}
		handles[i] = handle(p)
	}
	a := new(Adam)
	if err := failure(C.aep_adam_new(&handles[0], C.size_t(len(handles)), C.double(learningRate), &a.c)); err != nil {
		return nil, err
	}
	return a, nil
}

// Drop frees the optimizer's memory, not the parameters'.
func (a *Adam) Drop() {
	C.aep_adam_free(a.c)
	a.c = nil
}

// Minimize back-propagates from loss, a scalar that depends on every
// parameter, and takes one step.
func (a *Adam) Minimize(loss *ts.Tensor) error {
	return failure(C.aep_adam_minimize(a.c, handle(loss)))
}

// Moments returns the running averages of the gradient and of its square for
// the parameter at index. They share memory with the optimizer's own; the
// caller drops them.
func (a *Adam) Moments(index int) (average, square *ts.Tensor, err error) {
	var m, v C.aep_tensor
	message := C.aep_adam_state(a.c, C.size_t(index), &m, &v)
	if average, err = owned(m, message); err != nil {
		return nil, nil, err
	}
	square, err = owned(v, nil)
	return average, square, err
}

// Step returns the number of steps taken, a float32 scalar that shares memory
// with the optimizer's own; the caller drops it.
func (a *Adam) Step() (*ts.Tensor, error) {
	var step C.aep_tensor
	message := C.aep_adam_step(a.c, &step)
	return owned(step, message)
}
