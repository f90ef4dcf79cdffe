package models

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// relu is nn.ReLU().
type relu struct{ stateless }

func newReLU(config.Layer, [3]int, *torch.Generator) (Module, error) { return relu{}, nil }

func (relu) Forward(x *ts.Tensor, _ Mode) (*ts.Tensor, error) { return x.Relu(false) }

// sigmoid is nn.Sigmoid().
type sigmoid struct{ stateless }

func newSigmoid(config.Layer, [3]int, *torch.Generator) (Module, error) { return sigmoid{}, nil }

func (sigmoid) Forward(x *ts.Tensor, _ Mode) (*ts.Tensor, error) { return x.Sigmoid(false) }
