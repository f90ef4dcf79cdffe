package torch

// #include "native/aeprobe_torch.h"
import "C"

import (
	"fmt"

	"github.com/sugarme/gotch/ts"
)

// Adam is torch.optim.Adam(fused=True) with PyTorch's defaults (beta 0.9 and
// 0.999, epsilon 1e-8, no weight decay): all parameters are updated by one
// call. Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015.
type Adam struct {
	c C.aep_adam
}

// NewAdam returns an optimizer of parameters, which it also marks as requiring
// gradients. The learning rate is per step, as in PyTorch. A step's loss may be the
// sum of up to parts parts.
func NewAdam(parameters []*ts.Tensor, learningRate float64, parts int) (*Adam, error) {
	if len(parameters) == 0 || parts < 1 {
		return nil, fmt.Errorf("need at least one parameter and one part of a loss, not %d and %d", len(parameters), parts)
	}
	handles := make([]C.aep_tensor, len(parameters))
	for i, p := range parameters {
		if err := failure(C.aep_parameter(handle(p))); err != nil {
			return nil, err
		}
		handles[i] = handle(p)
	}
	a := new(Adam)
	if err := failure(C.aep_adam_new(&handles[0], C.size_t(len(handles)), C.double(learningRate), C.size_t(parts), &a.c)); err != nil {
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
	if err := a.BackPropagate(0, loss, 1); err != nil {
		return err
	}
	return a.Update(1)
}

// BackPropagate computes the gradient of share*loss, of which the next step's
// loss has one for each part. The parts, counted from 0, can be computed on
// several threads at once.
func (a *Adam) BackPropagate(part int, loss *ts.Tensor, share float64) error {
	return failure(C.aep_adam_back_propagate(a.c, C.size_t(part), handle(loss), C.double(share)))
}

// Update takes a step along the sum of the gradients of parts from 0 to before
// parts, added up in this order.
func (a *Adam) Update(parts int) error {
	return failure(C.aep_adam_update(a.c, C.size_t(parts)))
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
