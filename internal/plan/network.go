package plan

// #include "plan.h"
import "C"

import (
	"fmt"
)

// Kind is what a layer computes.
type Kind int

// The kinds of layers. A linear layer is a Conv whose kernel covers its input.
const (
	Conv          Kind = C.AEP_CONV
	ConvTranspose Kind = C.AEP_CONV_TRANSPOSE
	ReLU          Kind = C.AEP_RELU
	Sigmoid       Kind = C.AEP_SIGMOID
	MaxPool       Kind = C.AEP_MAX_POOL
	Mean          Kind = C.AEP_MEAN    // over all pixels
	Maximum       Kind = C.AEP_MAXIMUM // over all pixels; equals share its gradient
)

// LossKind is a loss, a mean over what it compares.
type LossKind int

// The losses. All but CrossEntropy, which takes logits [classes, 1, 1] and the
// labels, compare a map with the examples. BCE takes logits, as do L1Sigmoid and
// MSESigmoid, which compare their sigmoid.
const (
	BCEExact     LossKind = C.AEP_BCE_EXACT
	BCEClamped   LossKind = C.AEP_BCE_CLAMPED
	L1           LossKind = C.AEP_L1
	MSE          LossKind = C.AEP_MSE
	L1Sigmoid    LossKind = C.AEP_L1_SIGMOID
	MSESigmoid   LossKind = C.AEP_MSE_SIGMOID
	CrossEntropy LossKind = C.AEP_CROSS_ENTROPY
)

// Group is how many images a plan computes side by side, and MaxChains how many
// sums of gradients a step keeps apart.
const (
	Group     = C.AEP_GROUP
	MaxChains = C.AEP_MAX_CHAINS
)

// MaxChannels is how wide a map may be: the weights of wider ones do not fit the
// cache, for which plans are not made.
const MaxChannels = 128

// A Network is a list of layers and the losses that it is trained with, whose
// weighted sum is a step's loss. Maps are numbered: 0 are the examples, i+1 is
// what Layers[i] gives.
type Network struct {
	Examples Examples
	Layers   []Layer
	Losses   []Loss
}

// Examples are what a network is trained on: either Bytes, [pictures, C, H, W],
// which become shares of 255, or Floats of that shape. Example i is the picture
// Index[i], or i if Index is nil. Labels, [Count], are only needed for
// CrossEntropy.
type Examples struct {
	Count  int
	Shape  [3]int
	Bytes  []byte
	Floats []float32
	Index  []int64
	Labels []int64
}

func (e Examples) pictures() int { return max(len(e.Bytes), len(e.Floats)) / max(1, elements(e.Shape)) }

// A Layer reads a map and gives another one.
type Layer struct {
	Kind            Kind
	Input           int    // an earlier map
	Out             [3]int // the shape of what it gives, [C, H, W]
	Kernel          [2]int // height and width
	Stride, Padding int
	ReLU            bool // of a Conv or ConvTranspose: its ReLU follows
	Detached        bool // no gradient goes on to Input
	Weight, Bias    Parameter
	Strides         Strides
}

// Strides say where a weight lies for an output channel, an input channel and a
// tap, the kernel's elements row by row.
type Strides struct{ Out, In, Tap int }

// A Parameter is a tensor's memory; Average and Square are Adam's running averages
// of the gradient and its square, nil if the parameter is not trained.
type Parameter struct{ Weights, Average, Square []float32 }

// A Loss of a map counts Weight times.
type Loss struct {
	Kind   LossKind
	Map    int
	Weight float64
}

// Training is how a network is trained: by Adam, with PyTorch's defaults.
type Training struct {
	Batch, Threads int
	LearningRate   float64
	Step           []float32 // one: the number of steps so far
	Narrow         bool      // AVX2 where AVX-512 is there, too
}

// Unsupported says why no plan can train a network.
type Unsupported struct{ Reason string }

func (u *Unsupported) Error() string { return "no plan can train this: " + u.Reason }

// check refuses what the C side would read or write beyond, and what plans are
// not made for.
func (n Network) check(threads int) error {
	e := n.Examples
	size := e.pictures() * elements(e.Shape)
	switch {
	case !Supported():
		return &Unsupported{"the processor has no AVX2"}
	case threads < 1:
		return fmt.Errorf("a plan for %d threads", threads)
	case e.Count < 1 || max(len(e.Bytes), len(e.Floats)) != size || min(len(e.Bytes), len(e.Floats)) != 0 ||
		e.Index == nil && e.Count != e.pictures() || e.Index != nil && e.Count != len(e.Index):
		return fmt.Errorf("%d bytes, %d floats and an index of %d for %d examples of %v", len(e.Bytes), len(e.Floats), len(e.Index),
			e.Count, e.Shape)
	case e.Floats != nil && (e.Shape[1] != 1 || e.Shape[2] != 1):
		return &Unsupported{"examples in float32 that are images"}
	case len(e.Labels) != 0 && len(e.Labels) != e.Count:
		return fmt.Errorf("%d labels for %d examples", len(e.Labels), e.Count)
	case len(n.Layers) == 0:
		return &Unsupported{"no layers"}
	}
	shapes := [][3]int{e.Shape}
	for i, l := range n.Layers {
		if l.Input < 0 || l.Input > i {
			return fmt.Errorf("layer %d reads map %d", i, l.Input)
		}
		if err := l.check(shapes[l.Input]); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
		shapes = append(shapes, l.Out)
	}
	for _, l := range n.Losses {
		if l.Map < 0 || l.Map >= len(shapes) {
			return fmt.Errorf("a loss of map %d", l.Map)
		}
	}
	return nil
}

func elements(shape [3]int) int { return shape[0] * shape[1] * shape[2] }

func (l Layer) check(in [3]int) error {
	if max(l.Out[0], in[0]) > MaxChannels && (l.Kind == Conv || l.Kind == ConvTranspose) && elements(in) != in[0] {
		return &Unsupported{fmt.Sprintf("more than %d channels", MaxChannels)}
	}
	if min(l.Out[0], l.Out[1], l.Out[2]) < 1 {
		return fmt.Errorf("a map of %v", l.Out)
	}
	switch l.Kind {
	case Conv, ConvTranspose:
		return l.checkProduct(in)
	case MaxPool:
		if l.Out[0] != in[0] || !covers(in, l.Out, l) {
			return fmt.Errorf("a pool from %v to %v", in, l.Out)
		}
	case Mean, Maximum:
		if l.Out != [3]int{in[0], 1, 1} {
			return fmt.Errorf("a mean from %v to %v", in, l.Out)
		}
	default:
		if l.Out != in {
			return fmt.Errorf("from %v to %v", in, l.Out)
		}
	}
	return nil
}

// covers reports whether every window of the coarse map begins on the fine one or
// its padding.
func covers(fine, coarse [3]int, l Layer) bool {
	return l.Stride > 0 && l.Kernel[0] > 0 && l.Kernel[1] > 0 &&
		(coarse[1]-1)*l.Stride+l.Kernel[0] <= fine[1]+2*l.Padding && (coarse[2]-1)*l.Stride+l.Kernel[1] <= fine[2]+2*l.Padding
}

func (l Layer) checkProduct(in [3]int) error {
	fine, coarse := in, l.Out
	if l.Kind == ConvTranspose {
		fine, coarse = coarse, fine
	}
	if l.Stride < 1 || l.Kernel[0] < 1 || l.Kernel[1] < 1 || l.Padding < 0 || l.Kind == Conv && !covers(fine, coarse, l) {
		return fmt.Errorf("a product from %v to %v with a kernel of %v, stride %d", in, l.Out, l.Kernel, l.Stride)
	}
	weights := l.Out[0] * in[0] * l.Kernel[0] * l.Kernel[1]
	if min(l.Strides.Out, l.Strides.In, l.Strides.Tap) < 0 {
		return fmt.Errorf("weights at strides of %v", l.Strides)
	}
	last := (l.Out[0]-1)*l.Strides.Out + (in[0]-1)*l.Strides.In + (l.Kernel[0]*l.Kernel[1]-1)*l.Strides.Tap
	if len(l.Weight.Weights) != weights || last != weights-1 {
		return fmt.Errorf("%d weights, the last at %d, instead of %d", len(l.Weight.Weights), last, weights)
	}
	if n := len(l.Bias.Weights); n != 0 && n != l.Out[0] {
		return fmt.Errorf("%d biases for %d channels", n, l.Out[0])
	}
	for _, p := range []Parameter{l.Weight, l.Bias} {
		if n := len(p.Average); len(p.Square) != n || n != 0 && n != len(p.Weights) {
			return fmt.Errorf("%d and %d moments for %d weights", n, len(p.Square), len(p.Weights))
		}
	}
	return nil
}

// Add appends a layer.
func (n *Network) Add(l Layer) { n.Layers = append(n.Layers, l) }

// Last is the number of the last layer's map.
func (n *Network) Last() int { return len(n.Layers) }

// Shape is that of a map, [C, H, W].
func (n *Network) Shape(m int) [3]int {
	if m == 0 {
		return n.Examples.Shape
	}
	return n.Layers[m-1].Out
}

// FuseReLU makes a ReLU part of the last layer, if it is a product.
func (n *Network) FuseReLU() bool {
	last := &n.Layers[len(n.Layers)-1]
	if last.Kind != Conv && last.Kind != ConvTranspose || last.ReLU {
		return false
	}
	last.ReLU = true
	return true
}

// FLOPs is roughly how many floating-point operations an example takes, forward
// and, as far as something is trained, backward.
func (n *Network) FLOPs() int {
	total := 0
	for _, l := range n.Layers {
		coarse := l.Out
		if l.Kind == ConvTranspose {
			coarse = n.Shape(l.Input)
		}
		once := 2 * len(l.Weight.Weights) * coarse[1] * coarse[2]
		total += once
		if l.Weight.Average != nil {
			total += 2 * once
		}
	}
	return total
}
