package models

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// Sequential is nn.Sequential: modules that feed one another, at least one.
type Sequential struct {
	modules []Module
	// names begin those of the modules' parameters: the place in the list, from
	// 0, unless a block says otherwise.
	names []string
	// kinds are the modules' types, for errors.
	kinds []string
	// shapes are [C, H, W] of the input and of what each module gives.
	shapes [][3]int
	// steps are what Forward calls. A ReLU is part of the step before it if that
	// is a reluForwarder.
	steps []step
}

// step is a module, or two, in a Sequential.
type step struct {
	at      int // the first module's place
	forward func(x *ts.Tensor, m Mode) (*ts.Tensor, error)
}

// reluForwarder is a module that computes its output and a ReLU of it faster than
// two modules would.
type reluForwarder interface {
	ForwardReLU(x *ts.Tensor, m Mode) (*ts.Tensor, error)
}

// newSequential makes the modules of specs, in order, for inputs of shape in,
// [C, H, W]; it returns the output's shape too.
func newSequential(specs []config.Layer, in [3]int, g *torch.Generator) (*Sequential, [3]int, error) {
	if len(specs) == 0 {
		return nil, in, errors.New("no layers")
	}
	s := &Sequential{shapes: [][3]int{in}}
	table := constructors()
	for i, spec := range specs {
		out, module, err := newModule(table, spec, in, g)
		if err != nil {
			s.Drop()
			return nil, in, fmt.Errorf("layer %d (%s): %w", i, spec.Type, err)
		}
		s.add(spec.Type, module)
		s.shapes = append(s.shapes, out)
		in = out
	}
	return s, in, nil
}

func newModule(table map[string]constructor, spec config.Layer, in [3]int, g *torch.Generator) (out [3]int, _ Module, err error) {
	if out, err = spec.Shape(in); err != nil {
		return out, nil, err
	}
	construct, known := table[spec.Type]
	if !known {
		return out, nil, fmt.Errorf("no layer of type %q", spec.Type)
	}
	module, err := construct(spec, in, g)
	return out, module, err
}

// add appends a module, as a step or as part of the last one.
func (s *Sequential) add(kind string, module Module) {
	place := len(s.modules)
	s.modules, s.kinds, s.names = append(s.modules, module), append(s.kinds, kind), append(s.names, strconv.Itoa(place))
	if _, isReLU := module.(relu); isReLU && place > 0 {
		if before, can := s.modules[place-1].(reluForwarder); can {
			s.steps[len(s.steps)-1].forward = before.ForwardReLU
			return
		}
	}
	s.steps = append(s.steps, step{at: place, forward: module.Forward})
}

// withoutSigmoid is s without its last module, whose tensors it shares, where
// that is a sigmoid and not the only one; nil otherwise.
func (s *Sequential) withoutSigmoid() *Sequential {
	last := len(s.modules) - 1
	if _, isSigmoid := s.modules[last].(sigmoid); !isSigmoid || last == 0 {
		return nil
	}
	return s.upTo(last - 1)
}

// upTo is s without what follows the module at last.
func (s *Sequential) upTo(last int) *Sequential { return s.between(0, last+1) }

// from is s without what comes before the module at first.
func (s *Sequential) from(first int) *Sequential { return s.between(first, len(s.modules)) }

// between are the modules from first to before end, whose tensors s shares. They
// keep their names.
func (s *Sequential) between(first, end int) *Sequential {
	part := &Sequential{shapes: s.shapes[first : end+1]}
	for i, m := range s.modules[first:end] {
		part.add(s.kinds[first+i], m)
	}
	part.names = s.names[first:end]
	return part
}

// Forward applies every module to x, [N, C, H, W].
func (s *Sequential) Forward(x *ts.Tensor, m Mode) (*ts.Tensor, error) {
	y := x
	for _, step := range s.steps {
		next, err := step.forward(y, m)
		if y != x {
			torch.Drop(y)
		}
		if err != nil {
			return nil, fmt.Errorf("layer %d (%s): %w", step.at, s.kinds[step.at], err)
		}
		y = next
	}
	return y, nil
}

// Parameters are the modules', in order.
func (s *Sequential) Parameters(prefix string) []Parameter {
	return s.collect(prefix, Module.Parameters)
}

// Buffers are the modules', in order.
func (s *Sequential) Buffers(prefix string) []Parameter {
	return s.collect(prefix, Module.Buffers)
}

func (s *Sequential) collect(prefix string, of func(m Module, prefix string) []Parameter) []Parameter {
	var all []Parameter
	for i, m := range s.modules {
		all = append(all, of(m, prefix+"."+s.names[i])...)
	}
	return all
}

// NeedsWholeBatch reports whether one of the modules does.
func (s *Sequential) NeedsWholeBatch() bool {
	return slices.ContainsFunc(s.modules, Module.NeedsWholeBatch)
}

// Place moves the modules to device.
func (s *Sequential) Place(device torch.Device) error {
	for _, m := range s.modules {
		if err := m.Place(device); err != nil {
			return err
		}
	}
	return nil
}

// Drop frees the modules.
func (s *Sequential) Drop() {
	for _, m := range s.modules {
		m.Drop()
	}
}
