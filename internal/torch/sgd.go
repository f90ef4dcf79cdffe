package torch

// #include "native/aeprobe_torch.h"
import "C"

import "github.com/sugarme/gotch/ts"

// SGD is torch.optim.SGD(fused=True), without dampening.
type SGD struct {
	Optimizer
	momentum float64
}

// NewSGD returns an optimizer of parameters, which it also marks as requiring
// gradients. Its weight decay is L2: part of the gradient. Nesterov's momentum
// needs a momentum above 0.
func NewSGD(parameters []*ts.Tensor, s OptimizerSettings, momentum float64, nesterov bool) (*SGD, error) {
	o, err := newOptimizer(parameters, s, func(c *C.aep_optimizer_settings, out *C.aep_optimizer) *C.char {
		return C.aep_sgd_new(c, C.double(momentum), flag(nesterov), out)
	})
	if err != nil {
		return nil, err
	}
	return &SGD{o, momentum}, nil
}

// HasMomentum reports whether there are velocities.
func (s *SGD) HasMomentum() bool { return s.momentum != 0 }

// Velocity returns the momentum buffer of the parameter at index. It shares
// memory with the optimizer's own; the caller drops it.
func (s *SGD) Velocity(index int) (*ts.Tensor, error) { return s.state(0, index) }
