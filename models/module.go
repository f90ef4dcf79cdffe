package models

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// Mode says what a module is run for.
type Mode bool

const (
	// Training is a step of the optimizer: modules may look at their whole
	// batch, and update their buffers once.
	Training Mode = true
	// Evaluation is everything else, the frozen encoder of a training
	// included. It changes nothing, an example's result does not depend on the
	// rest of its batch, and several threads may evaluate at once.
	Evaluation Mode = false
)

// A Module is one layer, or several as one. What a kind of layer must know
// beside it, its shapes and its sizes, is in the package config.
type Module interface {
	// Forward applies the module to x. The result is a tensor of its own, which
	// the caller drops.
	Forward(x *ts.Tensor, m Mode) (*ts.Tensor, error)
	// Parameters are what training changes by its gradient, in PyTorch's order
	// and by PyTorch's names, which begin with prefix: "encoder.0" gives
	// "encoder.0.weight".
	Parameters(prefix string) []Parameter
	// Buffers are what a checkpoint keeps beside the parameters, float32 or
	// int64, named as they are.
	Buffers(prefix string) []Parameter
	// NeedsWholeBatch reports whether Forward, in Training, must be given a
	// batch in one piece, on one thread.
	NeedsWholeBatch() bool
	// Place moves parameters and buffers to device.
	Place(device torch.Device) error
	// Drop frees parameters and buffers.
	Drop()
}

// Parameter is a tensor of a module under the name that PyTorch's state_dict
// gives it.
type Parameter struct {
	Name   string
	Tensor *ts.Tensor
}

// A constructor makes the module of spec for inputs of shape in, [C, H, W], and
// draws its parameters from g.
type constructor func(spec config.Layer, in [3]int, g *torch.Generator) (Module, error)

// constructors are the modules by config's names for their kinds: a new one is
// a file and a line here. It is a function, not a variable, because a module
// that holds modules makes them by it.
func constructors() map[string]constructor {
	return map[string]constructor{
		"conv2d":           newConv2d,
		"conv_transpose2d": newConvTranspose2d,
		"max_pool2d":       newMaxPool2d,
		"batch_norm2d":     newBatchNorm2d,
		"relu":             newReLU,
		"sigmoid":          newSigmoid,
	}
}

// stateless is the part of a module that has neither parameters nor buffers.
type stateless struct{}

func (stateless) Parameters(string) []Parameter { return nil }
func (stateless) Buffers(string) []Parameter    { return nil }
func (stateless) NeedsWholeBatch() bool         { return false }
func (stateless) Place(torch.Device) error      { return nil }
func (stateless) Drop()                         {}
