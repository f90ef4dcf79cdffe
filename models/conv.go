package models

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// A convolution is nn.Conv2d or nn.ConvTranspose2d. A ReLU after it costs next
// to nothing.
type convolution struct {
	weighted
	spec       config.Layer
	transposed bool
	forward    func(x *ts.Tensor, relu bool) (*ts.Tensor, error)
	// low computes in bfloat16.
	low func(x, weight, bias *ts.Tensor) (*ts.Tensor, error)
}

// newConv2d makes nn.Conv2d(in, Out, Kernel, Stride, Padding, bias=Bias); its
// weight is [Out, in, Kernel, Kernel].
func newConv2d(spec config.Layer, in [3]int, g *torch.Generator) (Module, error) {
	k := int64(spec.Kernel)
	w, err := initialise(g, in[0]*spec.Kernel*spec.Kernel, biasSize(spec), int64(spec.Out), int64(in[0]), k, k)
	if err != nil {
		return nil, err
	}
	c := &convolution{weighted: w, spec: spec}
	c.low = func(x, weight, bias *ts.Tensor) (*ts.Tensor, error) {
		return ts.Conv2d(x, weight, bias, both(spec.Stride), both(spec.Padding), both(1), 1)
	}
	c.forward = func(x *ts.Tensor, relu bool) (*ts.Tensor, error) {
		return torch.Conv2d(x, c.weight, c.bias, spec.Stride, spec.Padding, relu)
	}
	return c, nil
}

// newConvTranspose2d makes nn.ConvTranspose2d(in, Out, Kernel, Stride, Padding,
// OutputPadding, bias=Bias); its weight is [in, Out, Kernel, Kernel], and
// PyTorch counts its fan-in over the second dimension.
func newConvTranspose2d(spec config.Layer, in [3]int, g *torch.Generator) (Module, error) {
	k := int64(spec.Kernel)
	w, err := initialise(g, spec.Out*spec.Kernel*spec.Kernel, biasSize(spec), int64(in[0]), int64(spec.Out), k, k)
	if err != nil {
		return nil, err
	}
	c := &convolution{weighted: w, spec: spec, transposed: true}
	c.low = func(x, weight, bias *ts.Tensor) (*ts.Tensor, error) {
		return ts.ConvTranspose2d(x, weight, bias, both(spec.Stride), both(spec.Padding), both(spec.OutputPadding), 1, both(1))
	}
	c.forward = func(x *ts.Tensor, relu bool) (*ts.Tensor, error) {
		return torch.ConvTranspose2d(x, c.weight, c.bias, spec.Stride, spec.Padding, spec.OutputPadding, relu)
	}
	return c, nil
}

func biasSize(spec config.Layer) int64 {
	if !spec.HasBias() {
		return 0
	}
	return int64(spec.Out)
}

func (c *convolution) Forward(x *ts.Tensor, _ Mode) (*ts.Tensor, error) {
	if inBFloat16(x) {
		return c.rounded(func(weight, bias *ts.Tensor) (*ts.Tensor, error) { return c.low(x, weight, bias) })
	}
	return c.forward(x, false)
}

func (c *convolution) ForwardReLU(x *ts.Tensor, m Mode) (*ts.Tensor, error) {
	if inBFloat16(x) {
		return inPlaceReLU(c.Forward(x, m))
	}
	return c.forward(x, true)
}
