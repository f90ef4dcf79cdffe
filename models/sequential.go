package models

import (
	"fmt"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// Parameter is a weight under the name that PyTorch's state_dict gives it.
type Parameter struct {
	Name   string
	Tensor *ts.Tensor
}

// Sequential is nn.Sequential: modules that feed one another.
type Sequential struct {
	name   string
	specs  []config.Layer
	layers []*layer
}

// newSequential makes the modules of specs, in order, for inputs of in
// channels; it returns the channels of the output too.
func newSequential(name string, specs []config.Layer, in int, g *torch.Generator) (*Sequential, int, error) {
	s := &Sequential{name: name, specs: specs}
	for i, spec := range specs {
		build, known := layerTypes[spec.Type]
		if !known {
			return nil, 0, fmt.Errorf("%s.%d: no layer of type %q", name, i, spec.Type)
		}
		l, err := build(spec, in, g)
		if err != nil {
			s.Drop()
			return nil, 0, fmt.Errorf("%s.%d (%s): %w", name, i, spec.Type, err)
		}
		s.layers = append(s.layers, l)
		if spec.Out > 0 {
			in = spec.Out
		}
	}
	return s, in, nil
}

// Forward applies every module to x, [N, C, H, W]. The caller drops the
// result.
func (s *Sequential) Forward(x *ts.Tensor) (*ts.Tensor, error) { return s.forward(x, len(s.layers)) }

// forward applies the first n modules, at least one.
func (s *Sequential) forward(x *ts.Tensor, n int) (*ts.Tensor, error) {
	y := x
	for i := 0; i < n; i++ {
		at, forward := i, s.layers[i].forward
		if withReLU := s.layers[i].withReLU; withReLU != nil && i+1 < n && s.specs[i+1].Type == "relu" {
			forward = withReLU
			i++
		}
		next, err := forward(y)
		if y != x {
			torch.Drop(y)
		}
		if err != nil {
			return nil, fmt.Errorf("%s.%d (%s): %w", s.name, at, s.specs[at].Type, err)
		}
		y = next
	}
	return y, nil
}

// Parameters are the modules' weights, in PyTorch's order.
func (s *Sequential) Parameters() []Parameter {
	var all []Parameter
	for i, l := range s.layers {
		all = append(all, l.parameters(fmt.Sprintf("%s.%d", s.name, i))...)
	}
	return all
}

// Drop frees the weights.
func (s *Sequential) Drop() {
	for _, l := range s.layers {
		torch.Drop(l.weight, l.bias)
	}
}

func (l *layer) parameters(name string) []Parameter {
	if l.weight == nil {
		return nil
	}
	return []Parameter{{name + ".weight", l.weight}, {name + ".bias", l.bias}}
}
