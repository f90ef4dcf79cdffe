package models

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// maxPool2d is nn.MaxPool2d(Kernel, Stride, Padding).
type maxPool2d struct {
	stateless
	kernel, stride, padding []int64
}

func newMaxPool2d(spec config.Layer, _ [3]int, _ *torch.Generator) (Module, error) {
	return &maxPool2d{kernel: both(spec.Kernel), stride: both(spec.Stride), padding: both(spec.Padding)}, nil
}

// both is n for height and width.
func both(n int) []int64 { return []int64{int64(n), int64(n)} }

func (p *maxPool2d) Forward(x *ts.Tensor, _ Mode) (*ts.Tensor, error) {
	return x.MaxPool2d(p.kernel, p.stride, p.padding, []int64{1, 1}, false, false)
}

func (p *maxPool2d) ForwardReLU(x *ts.Tensor, m Mode) (*ts.Tensor, error) {
	return inPlaceReLU(p.Forward(x, m))
}
