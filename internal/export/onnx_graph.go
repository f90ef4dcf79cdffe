package export

import (
	"math"

	"aeprobe/config"
	"aeprobe/internal/protobuf"
	"aeprobe/internal/weights"
)

// This file builds an ONNX GraphProto. Field numbers are those of onnx.proto.

// ONNX's element types.
const (
	onnxFloat = 1
	onnxInt64 = 7
)

// graph is an ONNX graph in the making. Values have the names of the layers whose
// outputs they are, and weights those that they have in PyTorch.
type graph struct {
	network *Network
	nodes   protobuf.Message // field 1 for each node
	tensors protobuf.Message // field 5 for each initializer
	has     map[string]bool  // the initializers
	// again begins the names of values where layers are applied a second time.
	again string
}

// attribute is an AttributeProto.
type attribute protobuf.Message

func newAttribute(name string, kind int, write func(m *protobuf.Message)) attribute {
	var m protobuf.Message
	m.Text(1, name)
	write(&m)
	m.Int(20, kind)
	return attribute(m)
}

func float(name string, value float32) attribute {
	return newAttribute(name, 1, func(m *protobuf.Message) { m.Float(2, value) })
}

func integer(name string, value int) attribute {
	return newAttribute(name, 2, func(m *protobuf.Message) { m.Int(3, value) })
}

func text(name, value string) attribute {
	return newAttribute(name, 3, func(m *protobuf.Message) { m.Text(4, value) })
}

func ints(name string, values ...int) attribute {
	return newAttribute(name, 7, func(m *protobuf.Message) {
		for _, v := range values {
			m.Int(8, v)
		}
	})
}

// node adds a node, whose output has its name, and returns that.
func (g *graph) node(op, name string, inputs []string, attributes ...attribute) string {
	name = g.again + name
	g.nodes.Message(1, func(m *protobuf.Message) {
		for _, input := range inputs {
			m.Text(1, input)
		}
		m.Text(2, name)
		m.Text(3, name)
		m.Text(4, op)
		for _, a := range attributes {
			m.Bytes(5, a)
		}
	})
	return name
}

// weight makes a tensor of the network an initializer, if it is none yet, and
// returns its name.
func (g *graph) weight(name string) string {
	a := g.network.Weights.Tensors[name]
	return g.tensor(name, onnxFloat, a.Shape, a.Data)
}

// weighted are the inputs of a convolution of that name.
func (g *graph) weighted(l config.Layer, name, input string) []string {
	inputs := []string{input, g.weight(name + ".weight")}
	if l.HasBias() {
		inputs = append(inputs, g.weight(name+".bias"))
	}
	return inputs
}

// floats and int64s are vectors that are no weights.
func (g *graph) floats(name string, values ...float32) string {
	return g.tensor(name, onnxFloat, []int{len(values)}, weights.Float32s(nil, values).Data)
}

func (g *graph) int64s(name string, values ...int64) string {
	return g.tensor(name, onnxInt64, []int{len(values)}, weights.Int64s(nil, values).Data)
}

func (g *graph) tensor(name string, dtype int, shape []int, data []byte) string {
	if g.has[name] {
		return name
	}
	g.has[name] = true
	g.tensors.Message(5, func(m *protobuf.Message) {
		for _, d := range shape {
			m.Int(1, d)
		}
		m.Int(2, dtype)
		m.Text(8, name)
		m.Bytes(9, data)
	})
	return name
}

// sequence adds layers one after the other, whose names begin with prefix, and
// returns the last output.
func (g *graph) sequence(prefix string, list []config.Layer, in [3]int, input string) string {
	eachLayer(list, in, func(place int, l config.Layer, in, out [3]int) {
		input = g.layer(layerName(prefix, place), l, in, out, input)
	})
	return input
}

func (g *graph) layer(name string, l config.Layer, in, out [3]int, input string) string {
	if l.Type != "residual" {
		return layers[l.Type].onnx(g, l, name, input)
	}
	names := l.LayerNames()
	y := input
	eachLayer(l.Layers, in, func(place int, inner config.Layer, in, out [3]int) {
		y = g.layer(name+"."+names[place], inner, in, out, y)
	})
	var short string
	if l.PadsShortcut() {
		short = g.padShortcut(name+".downsample", l, in, out, input)
	} else {
		short = g.sequence(name+"."+l.ShortcutName(), l.ShortcutLayers(out[0]), in, input)
	}
	return g.node("Relu", name, []string{g.node("Add", name+".sum", []string{y, short})})
}

// padShortcut takes every stride-th pixel, and adds channels of zeros: half of them
// before, the rest behind.
func (g *graph) padShortcut(name string, l config.Layer, in, out [3]int, input string) string {
	step := int64(stride(l))
	pixels := g.node("Slice", name+".pixels", []string{input, g.int64s(name+".starts", 0, 0),
		g.int64s(name+".ends", math.MaxInt64, math.MaxInt64), g.int64s(name+".axes", 2, 3), g.int64s(name+".steps", step, step)})
	before := int64(out[0]-in[0]) / 2
	behind := int64(out[0]-in[0]) - before
	return g.node("Pad", name, []string{pixels, g.int64s(name+".pads", 0, before, 0, 0, 0, behind, 0, 0)})
}
