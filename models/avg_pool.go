package models

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// avgPool2d is nn.AvgPool2d(Kernel, Stride, Padding): the zeros of the padding
// count.
type avgPool2d struct {
	stateless
	kernel, stride, padding []int64
}

func newAvgPool2d(spec config.Layer, _ [3]int, _ *torch.Generator) (Module, error) {
	return &avgPool2d{kernel: both(spec.Kernel), stride: both(spec.Stride), padding: both(spec.Padding)}, nil
}

func (p *avgPool2d) Forward(x *ts.Tensor, _ Mode) (*ts.Tensor, error) {
	return x.AvgPool2d(p.kernel, p.stride, p.padding, false, true, nil, false)
}
