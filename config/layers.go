package config

import "errors"

// A layerKind holds the facts of one kind of layer: all that can be said of it
// without libtorch. Each kind has a file, layer_*.go, and a line in layerKinds;
// its module is in the package models. A kind whose layers hold layers answers
// for all of them.
type layerKind struct {
	name string
	// fields are those of a Layer that the kind takes, by their names in YAML;
	// those of needs may not be left out.
	fields, needs []string
	// resolve writes out the defaults of fields; nil where there are none.
	resolve func(l *Layer)
	// faults finds fields that are right by themselves but not together; nil
	// where there is no such rule. A key is a field's.
	faults func(l Layer) []fault
	// shape returns the output's shape for an input [C, H, W], or why there is
	// none: then key is the path to the layer inside l that has none, "" for l
	// itself. It is nil where the shape stays as it is.
	shape func(l Layer, in [3]int) ([3]int, *fault)
	// parameters is how many numbers are trained; nil for none.
	parameters func(l Layer, in [3]int) int
	// flops are the floating-point operations of one image forward, as
	// TrainingFLOPs counts them; nil for none.
	flops func(l Layer, in, out [3]int) float64
	// activations are how many float32s of one image a training step keeps for
	// the way back, the output last; nil for none.
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
