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

// Parameters are what training the part changes by its gradient.
func (p Part) Parameters() []Parameter { return p.module.Parameters(p.Name) }

// Buffers are what a checkpoint keeps of the part beside its parameters,
// float32 or int64. Running the part in Training changes them.
func (p Part) Buffers() []Parameter { return p.module.Buffers(p.Name) }

// State is all that a checkpoint keeps of the part: parameters, then buffers.
func (p Part) State() []Parameter { return append(p.Parameters(), p.Buffers()...) }

// NeedsWholeBatch reports whether a batch to train on must go through the part
// in one piece, on one thread: it has a module that looks at the whole of it,
// and changes its buffers.
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
