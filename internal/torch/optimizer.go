package torch

// #include "native/aeprobe_torch.h"
import "C"

import (
	"fmt"
	"runtime"

	"github.com/sugarme/gotch/ts"
)

// An Optimizer is what those of torch.optim have in common: all parameters are
// updated by one call of a fused kernel, or by two where some are spared from
// weight decay.
type Optimizer struct {
	c C.aep_optimizer
}

// OptimizerSettings are what every optimizer has.
type OptimizerSettings struct {
	// LearningRate is per step, as in PyTorch.
	LearningRate float64
	// Parts are the most that a step's loss may be the sum of; 1 or more.
	Parts int
	// WeightDecay is PyTorch's weight_decay, 0 for none.
	WeightDecay float64
	// SpareVectors leaves parameters of one dimension without weight decay:
	// biases, and the weights of norms.
	SpareVectors bool
}

// newOptimizer makes an optimizer of parameters, which it also marks as requiring
// gradients.
func newOptimizer(parameters []*ts.Tensor, s OptimizerSettings, create func(*C.aep_optimizer_settings, *C.aep_optimizer) *C.char) (Optimizer, error) {
	var o Optimizer
	if len(parameters) == 0 || s.Parts < 1 {
		return o, fmt.Errorf("need at least one parameter and one part of a loss, not %d and %d", len(parameters), s.Parts)
	}
	var handles []C.aep_tensor
	for _, p := range parameters {
		if err := failure(C.aep_parameter(handle(p))); err != nil {
			return o, err
		}
		handles = append(handles, handle(p))
	}
	var pinner runtime.Pinner // the settings, which C is given, point at the handles
	defer pinner.Unpin()
	pinner.Pin(&handles[0])
	err := failure(create(&C.aep_optimizer_settings{parameters: &handles[0], count: C.size_t(len(handles)),
		learning_rate: C.double(s.LearningRate), parts: C.size_t(s.Parts),
		weight_decay: C.double(s.WeightDecay), spare_vectors: flag(s.SpareVectors)}, &o.c))
	return o, err
}

// Drop frees the optimizer's memory, not the parameters'.
func (o *Optimizer) Drop() {
	C.aep_optimizer_free(o.c)
	o.c = nil
}

// SetLearningRate changes the learning rate from the next step on. A step that
// was recorded before keeps the one that it was recorded with.
func (o *Optimizer) SetLearningRate(rate float64) {
	C.aep_optimizer_set_learning_rate(o.c, C.double(rate))
}

// Minimize back-propagates from loss, a scalar that depends on every
// parameter, and takes one step.
func (o *Optimizer) Minimize(loss *ts.Tensor) error {
	if err := o.BackPropagate(0, loss, 1); err != nil {
		return err
	}
	return o.Update(1)
}

// BackPropagate computes the gradient of share*loss, of which the next step's
// loss has one for each part. The parts, counted from 0, can be computed on
// several threads at once.
func (o *Optimizer) BackPropagate(part int, loss *ts.Tensor, share float64) error {
	return failure(C.aep_optimizer_back_propagate(o.c, C.size_t(part), handle(loss), C.double(share)))
}

// Update takes a step along the sum of the gradients of parts from 0 to before
// parts, added up in this order.
func (o *Optimizer) Update(parts int) error {
	return failure(C.aep_optimizer_update(o.c, C.size_t(parts)))
}

// state is one of the tensors that the next step of the parameter at index depends
// on. It shares memory with the optimizer's own; the caller drops it.
func (o *Optimizer) state(kind, index int) (*ts.Tensor, error) {
	var t C.aep_tensor
	message := C.aep_optimizer_state(o.c, C.size_t(kind), C.size_t(index), &t)
	return owned(t, message)
}
