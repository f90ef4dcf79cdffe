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

// inPlaceReLU makes y, which no other module needs as it is, its own ReLU.
func inPlaceReLU(y *ts.Tensor, err error) (*ts.Tensor, error) {
	if err != nil {
		return nil, err
	}
	if err := y.Relu_(); err != nil {
		torch.Drop(y)
		return nil, err
	}
	return y, nil
}
