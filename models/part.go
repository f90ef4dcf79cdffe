package models

import (
	"fmt"
	"slices"

	"github.com/sugarme/gotch/ts"
)

// A Part is a module of a network; its name begins those of its parameters.
type Part struct {
	Name   string
	module Module
}

// Forward applies the part to x. The caller drops the result.
func (p Part) Forward(x *ts.Tensor, m Mode) (*ts.Tensor, error) {
	y, err := p.module.Forward(x, m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return y, nil
}

// As is the part under another name.
func (p Part) As(name string) Part { return Part{name, p.module} }

// UpTo is the part without what follows its module at last, from 0, whose tensors
// it shares.
func (p Part) UpTo(last int) (Part, error) {
	s, isSequential := p.module.(*Sequential)
	if !isSequential || last < 0 || last >= len(s.modules) {
		return Part{}, fmt.Errorf("%s has no layer %d", p.Name, last)
	}
	return Part{p.Name, s.upTo(last)}, nil
}

// Parameters are what the optimizer trains of the part.
func (p Part) Parameters() []Parameter { return p.module.Parameters(p.Name) }

// Buffers are float32 or int64 tensors that Forward changes in Training, such as
// running statistics.
func (p Part) Buffers() []Parameter { return p.module.Buffers(p.Name) }

// State is all that a checkpoint keeps of the part: parameters, then buffers.
func (p Part) State() []Parameter { return append(p.Parameters(), p.Buffers()...) }

// NeedsWholeBatch reports whether a batch to train on must go through the part
// in one piece, on one thread, because a module uses its statistics and updates
// buffers.
func (p Part) NeedsWholeBatch() bool { return p.module.NeedsWholeBatch() }

// Parameters are those of all the parts.
func Parameters(parts ...Part) []Parameter {
	var all []Parameter
	for _, p := range parts {
		all = append(all, p.Parameters()...)
	}
	return all
}

// State is all that a checkpoint keeps of the parts.
func State(parts ...Part) []Parameter {
	var all []Parameter
	for _, p := range parts {
		all = append(all, p.State()...)
	}
	return all
}

// NeedWholeBatch reports whether one of the parts needs its batch whole.
func NeedWholeBatch(parts ...Part) bool {
	return slices.ContainsFunc(parts, Part.NeedsWholeBatch)
}
