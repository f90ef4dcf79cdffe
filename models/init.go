package models

import (
	"fmt"
	"math"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// weighted is the part of a module that is its weight and its bias.
type weighted struct {
	weight *ts.Tensor
	bias   *ts.Tensor // nil where the module has none
}

func (w *weighted) Parameters(prefix string) []Parameter {
	all := []Parameter{{prefix + ".weight", w.weight}}
	if w.bias != nil {
		all = append(all, Parameter{prefix + ".bias", w.bias})
	}
	return all
}

func (w *weighted) Buffers(string) []Parameter { return nil }

func (w *weighted) NeedsWholeBatch() bool { return false }

func (w *weighted) Place(device torch.Device) error { return place(device, &w.weight, &w.bias) }

func (w *weighted) Drop() { torch.Drop(w.weight, w.bias) }

// initialise draws a weight of shape and a bias of bias numbers, none for 0, as
// PyTorch's reset_parameters does: kaiming_uniform_(a=sqrt(5)) on the weight,
// which is U(-1/sqrt(fanIn), 1/sqrt(fanIn)), then the same for the bias.
func initialise(g *torch.Generator, fanIn int, bias int64, shape ...int64) (weighted, error) {
	// As PyTorch computes it, so that the last bit agrees: gain / sqrt(fan_in)
	// is a standard deviation, and the bound is sqrt(3) times that.
	weightBound := math.Sqrt(3) * (math.Sqrt(2/(1+math.Sqrt(5)*math.Sqrt(5))) / math.Sqrt(float64(fanIn)))
	weight, err := uniform(g, weightBound, shape)
	if err != nil || bias == 0 {
		return weighted{weight: weight}, err
	}
	b, err := uniform(g, 1/math.Sqrt(float64(fanIn)), []int64{bias})
	if err != nil {
		torch.Drop(weight)
		return weighted{}, err
	}
	return weighted{weight: weight, bias: b}, nil
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
