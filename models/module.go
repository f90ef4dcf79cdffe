package models

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// Mode is what a module runs for.
type Mode bool

const (
	// Training is for a step of the optimizer: modules may use statistics of
	// their batch, and each updates its buffers once.
	Training Mode = true
	// Evaluation is for everything else, including a frozen encoder below a
	// classifier in training. It changes nothing, no result depends on the rest
	// of the batch, and several threads may evaluate at once.
	Evaluation Mode = false
)

// A Module is one layer, or a block of layers. The package config knows the rest
// about a kind of layer: its fields, shapes and sizes.
type Module interface {
	// Forward applies the module to x. The result is a new tensor, even if
	// nothing changes; the caller drops it.
	Forward(x *ts.Tensor, m Mode) (*ts.Tensor, error)
	// Parameters are what the optimizer trains, in PyTorch's order. Their names
	// are PyTorch's, too, and begin with prefix: "encoder.0" gives
	// "encoder.0.weight".
	Parameters(prefix string) []Parameter
	// Buffers are the rest of a checkpoint: float32 or int64 tensors that
	// Forward changes in Training, such as running statistics, named likewise.
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

// constructors is the table of modules, by config's names for their kinds: a new
// one is a file and a line here. It is a function, not a variable, because a
// block looks up its modules here.
func constructors() map[string]constructor {
	return map[string]constructor{
		"conv2d":           newConv2d,
		"conv_transpose2d": newConvTranspose2d,
		"max_pool2d":       newMaxPool2d,
		"avg_pool2d":       newAvgPool2d,
		"upsample":         newUpsample,
		"batch_norm2d":     newBatchNorm2d,
		"relu":             newReLU,
		"sigmoid":          newSigmoid,
		"residual":         newResidual,
	}
}

// stateless is the part of a module that has neither parameters nor buffers.
type stateless struct{}

func (stateless) Parameters(string) []Parameter { return nil }
func (stateless) Buffers(string) []Parameter    { return nil }
func (stateless) NeedsWholeBatch() bool         { return false }
func (stateless) Place(torch.Device) error      { return nil }
func (stateless) Drop()                         {}
