package models

import (
	"fmt"
	"math"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// A layer is one module of a Sequential.
type layer struct {
	// weight and bias are nil where the module has none.
	weight, bias *ts.Tensor
	forward      func(x *ts.Tensor) (*ts.Tensor, error)
	// withReLU is forward and a ReLU in one, which takes less time; nil where
	// there is no such thing.
	withReLU func(x *ts.Tensor) (*ts.Tensor, error)
}

// forwards makes l's two ways of f.
func (l *layer) forwards(f func(x *ts.Tensor, relu bool) (*ts.Tensor, error)) {
	l.forward = func(x *ts.Tensor) (*ts.Tensor, error) { return f(x, false) }
	l.withReLU = func(x *ts.Tensor) (*ts.Tensor, error) { return f(x, true) }
}

// layerTypes is the table of modules: a new one is one line here. Each
// function makes the module for inputs of in channels and draws its weights
// from g.
var layerTypes = map[string]func(spec config.Layer, in int, g *torch.Generator) (*layer, error){
	"conv2d":           conv2d,
	"conv_transpose2d": convTranspose2d,
	"relu":             activation((*ts.Tensor).Relu),
	"sigmoid":          activation((*ts.Tensor).Sigmoid),
}

func activation(f func(*ts.Tensor, bool) (*ts.Tensor, error)) func(config.Layer, int, *torch.Generator) (*layer, error) {
	return func(config.Layer, int, *torch.Generator) (*layer, error) {
		return &layer{forward: func(x *ts.Tensor) (*ts.Tensor, error) { return f(x, false) }}, nil
	}
}

// conv2d is nn.Conv2d(in, Out, Kernel, Stride, Padding); its weight is
// [Out, in, Kernel, Kernel].
func conv2d(spec config.Layer, in int, g *torch.Generator) (*layer, error) {
	k := int64(spec.Kernel)
	l, err := initialise(g, in*spec.Kernel*spec.Kernel, int64(spec.Out), int64(spec.Out), int64(in), k, k)
	if err != nil {
		return nil, err
	}
	l.forwards(func(x *ts.Tensor, relu bool) (*ts.Tensor, error) {
		return torch.Conv2d(x, l.weight, l.bias, spec.Stride, spec.Padding, relu)
	})
	return l, nil
}

// convTranspose2d is nn.ConvTranspose2d(in, Out, Kernel, Stride, Padding,
// OutputPadding); its weight is [in, Out, Kernel, Kernel], and PyTorch counts
// its fan-in over the second dimension.
func convTranspose2d(spec config.Layer, in int, g *torch.Generator) (*layer, error) {
	k := int64(spec.Kernel)
	l, err := initialise(g, spec.Out*spec.Kernel*spec.Kernel, int64(spec.Out), int64(in), int64(spec.Out), k, k)
	if err != nil {
		return nil, err
	}
	l.forwards(func(x *ts.Tensor, relu bool) (*ts.Tensor, error) {
		return torch.ConvTranspose2d(x, l.weight, l.bias, spec.Stride, spec.Padding, spec.OutputPadding, relu)
	})
	return l, nil
}

// linear is nn.Linear(in, out); its weight is [out, in].
func linear(in, out int, g *torch.Generator) (*layer, error) {
	l, err := initialise(g, in, int64(out), int64(out), int64(in))
	if err != nil {
		return nil, err
	}
	l.forward = func(x *ts.Tensor) (*ts.Tensor, error) { return ts.Linear(x, l.weight, l.bias) }
	return l, nil
}

// initialise draws a weight of shape and a bias of bias numbers as PyTorch's
// reset_parameters does: kaiming_uniform_(a=sqrt(5)) on the weight, which is
// U(-1/sqrt(fanIn), 1/sqrt(fanIn)), then the same for the bias.
func initialise(g *torch.Generator, fanIn int, bias int64, shape ...int64) (*layer, error) {
	// As PyTorch computes it, so that the last bit agrees: gain / sqrt(fan_in)
	// is a standard deviation, and the bound is sqrt(3) times that.
	weightBound := math.Sqrt(3) * (math.Sqrt(2/(1+math.Sqrt(5)*math.Sqrt(5))) / math.Sqrt(float64(fanIn)))
	weight, err := uniform(g, weightBound, shape)
	if err != nil {
		return nil, err
	}
	b, err := uniform(g, 1/math.Sqrt(float64(fanIn)), []int64{bias})
	if err != nil {
		torch.Drop(weight)
		return nil, err
	}
	return &layer{weight: weight, bias: b}, nil
}

func uniform(g *torch.Generator, bound float64, shape []int64) (*ts.Tensor, error) {
	t, err := ts.Zeros(shape, gotch.Float, gotch.CPU)
	if err != nil {
		return nil, fmt.Errorf("weight of shape %v: %w", shape, err)
	}
	if err := g.Uniform(t, -bound, bound); err != nil {
		torch.Drop(t)
		return nil, err
	}
	return t, nil
}
