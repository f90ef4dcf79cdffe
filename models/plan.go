package models

import (
	"fmt"
	"slices"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/plan"
	"aeprobe/internal/torch/memory"
)

// This file tells a plan what networks consist of. The rule: a plan computes what
// Forward does, in the memory of the same parameters, or there is none.

// planner is a module that a plan can compute. One that depends on its batch, or
// that plans do not know, is none.
type planner interface {
	// plan adds the module to n, reading a map of shape in and giving one of
	// shape out.
	plan(n *plan.Network, input int, in, out [3]int) error
}

// Plannable reports whether a plan computes every layer of a model.
func Plannable(spec config.Model) bool {
	for _, layers := range [][]config.Layer{spec.Encoder, spec.Decoder} {
		for _, l := range layers {
			if l.Out > plan.MaxChannels || !slices.Contains(plannedLayers, l.Type) {
				return false
			}
		}
	}
	return true
}

// plannedLayers are the definition's names of those that are planners.
var plannedLayers = []string{"conv2d", "conv_transpose2d", "max_pool2d", "relu", "sigmoid"}

// Plan adds the part to n, reading the map input. It returns the number of the
// map that it gives, and fails with a *plan.Unsupported if no plan computes the
// part.
func (p Part) Plan(n *plan.Network, input int) (output int, err error) {
	s, isSequential := p.module.(*Sequential)
	if !isSequential {
		return 0, &plan.Unsupported{Reason: p.Name}
	}
	if err := s.plan(n, input); err != nil {
		return 0, fmt.Errorf("%s: %w", p.Name, err)
	}
	return n.Last(), nil
}

func (s *Sequential) plan(n *plan.Network, input int) error {
	for i, m := range s.modules {
		if _, isReLU := m.(relu); isReLU && i > 0 && n.FuseReLU() {
			continue
		}
		p, can := m.(planner)
		if !can {
			return &plan.Unsupported{Reason: fmt.Sprintf("layer %d", i)}
		}
		if err := p.plan(n, input, s.shapes[i], s.shapes[i+1]); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
		input = n.Last()
	}
	return nil
}

func (relu) plan(n *plan.Network, input int, _, out [3]int) error {
	n.Add(plan.Layer{Kind: plan.ReLU, Input: input, Out: out})
	return nil
}

func (sigmoid) plan(n *plan.Network, input int, _, out [3]int) error {
	n.Add(plan.Layer{Kind: plan.Sigmoid, Input: input, Out: out})
	return nil
}

func (p *maxPool2d) plan(n *plan.Network, input int, _, out [3]int) error {
	n.Add(plan.Layer{Kind: plan.MaxPool, Input: input, Out: out, Kernel: [2]int{int(p.kernel[0]), int(p.kernel[1])},
		Stride: int(p.stride[0]), Padding: int(p.padding[0])})
	return nil
}

func (c *convolution) plan(n *plan.Network, input int, _, out [3]int) error {
	l := plan.Layer{Kind: plan.Conv, Input: input, Out: out, Kernel: [2]int{c.spec.Kernel, c.spec.Kernel},
		Stride: c.spec.Stride, Padding: c.spec.Padding}
	outputs, inputs := 0, 1 // the weight's dimensions
	if c.transposed {
		l.Kind, outputs, inputs = plan.ConvTranspose, 1, 0
	}
	strides, err := c.planWeights(&l)
	if err != nil {
		return err
	}
	if strides[2] != int64(c.spec.Kernel)*strides[3] {
		return &plan.Unsupported{Reason: fmt.Sprintf("a weight with strides of %v", strides)}
	}
	l.Strides = plan.Strides{Out: int(strides[outputs]), In: int(strides[inputs]), Tap: int(strides[3])}
	n.Add(l)
	return nil
}

// plan reads whole maps, in the order of a flattened [C, H, W].
func (l *linear) plan(n *plan.Network, input int, in, out [3]int) error {
	layer := plan.Layer{Kind: plan.Conv, Input: input, Out: out, Kernel: [2]int{in[1], in[2]}, Stride: 1}
	strides, err := l.planWeights(&layer)
	if err != nil {
		return err
	}
	layer.Strides = plan.Strides{Out: int(strides[0]), In: in[1] * in[2] * int(strides[1]), Tap: int(strides[1])}
	n.Add(layer)
	return nil
}

// planWeights gives l the memory of weight and bias, and returns the weight's
// strides.
func (w *weighted) planWeights(l *plan.Layer) (strides []int64, err error) {
	if l.Weight.Weights, strides, err = memory.Of[float32](w.weight); err != nil || w.bias == nil {
		return strides, err
	}
	l.Bias.Weights, _, err = memory.Of[float32](w.bias)
	return strides, err
}

// PlanFeatures adds the pool to n, reading the map that the classifier reads. It
// returns the number of the map of features. Flatten adds nothing: a linear layer
// reads whole maps.
func (c *Classifier) PlanFeatures(n *plan.Network, maps int) (int, error) {
	kind := plan.Mean
	switch c.poolName {
	case "flatten":
		return maps, nil
	case "max":
		kind = plan.Maximum
	case "avg":
	default:
		return 0, &plan.Unsupported{Reason: "pool " + c.poolName}
	}
	n.Add(plan.Layer{Kind: kind, Input: maps, Out: [3]int{n.Shape(maps)[0], 1, 1}, Detached: c.Reads == config.ReadsDetached})
	return n.Last(), nil
}

// PlanLogits adds the linear layer to n, reading the map of features. It returns
// the number of the map of logits.
func (c *Classifier) PlanLogits(n *plan.Network, features int) (int, error) {
	size, err := c.linear.weight.Size()
	if err != nil {
		return 0, err
	}
	err = c.linear.plan(n, features, n.Shape(features), [3]int{int(size[0]), 1, 1})
	if err == nil && c.poolName == "flatten" {
		n.Layers[len(n.Layers)-1].Detached = c.Reads == config.ReadsDetached
	}
	return n.Last(), err
}

// PlanDecoderFrom adds what DecodeFrom applies to n, reading the map x. It returns
// the number of the map that it gives.
func (a *AutoEncoder) PlanDecoderFrom(n *plan.Network, x, first int) (int, error) {
	rest := a.decoderFrom(first)
	if len(rest.modules) == 0 {
		return x, nil
	}
	return Part{a.Decoder.Name, rest}.Plan(n, x)
}

// PlanDecoderUpTo adds what DecodeUpTo applies to n, reading the encoder's map. It
// returns the number of the map that it gives.
func (a *AutoEncoder) PlanDecoderUpTo(n *plan.Network, maps, last int) (int, error) {
	part, err := a.Decoder.UpTo(last)
	if err != nil {
		return 0, err
	}
	return part.Plan(n, maps)
}

// PlanMoments gives the parameters among n's that are trained their moments, of
// the same strides: average and square are in the order of trained.
func PlanMoments(n *plan.Network, trained, average, square []*ts.Tensor) error {
	moments, placed := map[*float32]plan.Parameter{}, map[*float32]bool{}
	for i, t := range trained {
		p, err := planParameter(t, average[i], square[i])
		if err != nil {
			return err
		}
		moments[&p.Weights[0]] = p
	}
	for i := range n.Layers {
		for _, p := range []*plan.Parameter{&n.Layers[i].Weight, &n.Layers[i].Bias} {
			if len(p.Weights) == 0 {
				continue
			}
			if placed[&p.Weights[0]] {
				return &plan.Unsupported{Reason: "a trained layer that is run twice"}
			}
			if m, isTrained := moments[&p.Weights[0]]; isTrained {
				placed[&m.Weights[0]] = true
				*p = m
				delete(moments, &m.Weights[0])
			}
		}
	}
	if len(moments) > 0 {
		return &plan.Unsupported{Reason: fmt.Sprintf("%d trained parameters that the loss does not depend on", len(moments))}
	}
	return nil
}

func planParameter(weights, average, square *ts.Tensor) (p plan.Parameter, err error) {
	var strides [3][]int64
	for i, v := range []struct {
		t  *ts.Tensor
		to *[]float32
	}{{weights, &p.Weights}, {average, &p.Average}, {square, &p.Square}} {
		if *v.to, strides[i], err = memory.Of[float32](v.t); err != nil {
			return p, err
		}
		if fmt.Sprint(strides[i]) != fmt.Sprint(strides[0]) {
			return p, &plan.Unsupported{Reason: "moments in another order than their parameter"}
		}
	}
	return p, nil
}
