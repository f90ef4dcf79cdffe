package models

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// linear is nn.Linear(in, out); its weight is [out, in].
type linear struct{ weighted }

func newLinear(in, out int, g *torch.Generator) (*linear, error) {
	w, err := initialise(g, in, int64(out), int64(out), int64(in))
	if err != nil {
		return nil, err
	}
	return &linear{w}, nil
}

func (l *linear) Forward(x *ts.Tensor, _ Mode) (*ts.Tensor, error) {
	return ts.Linear(x, l.weight, l.bias)
}
