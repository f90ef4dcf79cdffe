package config

import "errors"

// A layerKind holds the facts about a kind of layer that need no libtorch. Each
// kind has a file, layer_*.go, and a line in layerKinds; its module is in the
// package models. The facts of a block include those of its layers.
type layerKind struct {
	name string
	// fields are the fields of Layer that the kind takes, by their names in YAML;
	// those in needs are required.
	fields, needs []string
	// resolve fills in the defaults of fields; nil if there are none.
	resolve func(l *Layer)
	// faults checks fields against each other; nil if any go together. Keys are
	// the fields'.
	faults func(l Layer) []fault
	// shape returns the output's shape for an input [C, H, W], or a fault. Its
	// key is the path to a layer inside l, "" for l itself. shape is nil if the
	// output always has the input's shape.
	shape func(l Layer, in [3]int) ([3]int, *fault)
	// parameters is the number of trained parameters; nil for none.
	parameters func(l Layer, in [3]int) int
	// flops are the floating-point operations of the forward pass per image, as
	// TrainingFLOPs counts them; nil for none.
	flops func(l Layer, in, out [3]int) float64
	// activations are the numbers of float32s that a training step keeps of one
	// image for the backward pass, the output last; nil for none.
	activations func(l Layer, in, out [3]int) []float64
	// label is the layer in figure 1, "Conv2d 3→12, k4 s2 p1".
	label func(l Layer, in [3]int) string
}

// findLayerKind returns the kind of that name, false where there is none.
func findLayerKind(name string) (layerKind, bool) {
	for _, k := range layerKinds() {
		if k.name == name {
			return k, true
		}
	}
	return layerKind{}, false
}

// kind returns l's kind, or one without facts where there is none of that name.
func (l Layer) kind() layerKind {
	k, _ := findLayerKind(l.Type)
	return k
}

// Shape returns the layer's output [C, H, W] for an input [C, H, W], or an
// error that names the field at fault.
func (l Layer) Shape(in [3]int) ([3]int, error) {
	if faults := l.faults(""); len(faults) > 0 {
		return in, errors.New(faults[0].key + ": " + faults[0].message)
	}
	out, f := l.shape(in)
	switch {
	case f == nil:
		return out, nil
	case f.key != "":
		return in, errors.New(f.key + ": " + f.message)
	}
	return in, errors.New(f.message)
}

// Label returns what figure 1 calls the layer for an input [C, H, W]: "Conv2d
// 3→12, k4 s2 p1".
func (l Layer) Label(in [3]int) string {
	if label := l.kind().label; label != nil {
		return label(l, in)
	}
	return l.Type
}

// KeepsShape reports whether the output of l's kind always has its input's
// shape, as an activation's has. Figure 1 names such a layer with the one
// before it.
func (l Layer) KeepsShape() bool { return l.kind().shape == nil }

func (l *Layer) resolve() {
	if resolve := l.kind().resolve; resolve != nil {
		resolve(l)
	}
}

func (l Layer) shape(in [3]int) ([3]int, *fault) {
	if shape := l.kind().shape; shape != nil {
		return shape(l, in)
	}
	return in, nil
}

func (l Layer) parameters(in [3]int) int {
	if parameters := l.kind().parameters; parameters != nil {
		return parameters(l, in)
	}
	return 0
}

func (l Layer) hasParameters() bool { return l.kind().parameters != nil }

func (l Layer) flops(in, out [3]int) float64 {
	if flops := l.kind().flops; flops != nil {
		return flops(l, in, out)
	}
	return 0
}

func (l Layer) activations(in, out [3]int) []float64 {
	if activations := l.kind().activations; activations != nil {
		return activations(l, in, out)
	}
	return nil
}

// outputOnly is the activations of a layer that keeps its output.
func outputOnly(_ Layer, _, out [3]int) []float64 { return []float64{size(out)} }
