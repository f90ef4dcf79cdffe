package export

import (
	"fmt"

	"aeprobe/config"
)

// A layer is how a kind of layer is written; a residual block is the exception, which
// writers make of its layers.
type layer struct {
	// parameters are the shapes of what a state_dict has of it, by name, for an
	// input [C, H, W]; a nil shape is an int64 scalar.
	parameters func(l config.Layer, in [3]int) map[string][]int
	// python is the expression that makes its torch.nn module.
	python func(l config.Layer, in [3]int) string
	// onnx adds its node, of the given name and input, to a graph, and returns the
	// output.
	onnx func(g *graph, l config.Layer, name, input string) string
}

// layers is the table of layers by config's names for their kinds.
var layers = map[string]layer{
	"conv2d": {
		parameters: func(l config.Layer, in [3]int) map[string][]int {
			return withBias(l, []int{l.Out, in[0], l.Kernel, l.Kernel})
		},
		python: func(l config.Layer, in [3]int) string {
			return fmt.Sprintf("nn.Conv2d(%d, %d, kernel_size=%d, stride=%d, padding=%d%s)", in[0], l.Out, l.Kernel, stride(l), l.Padding, pythonBias(l))
		},
		onnx: func(g *graph, l config.Layer, name, input string) string {
			return g.node("Conv", name, g.weighted(l, name, input), window(l)...)
		},
	},
	"conv_transpose2d": {
		parameters: func(l config.Layer, in [3]int) map[string][]int {
			return withBias(l, []int{in[0], l.Out, l.Kernel, l.Kernel})
		},
		python: func(l config.Layer, in [3]int) string {
			return fmt.Sprintf("nn.ConvTranspose2d(%d, %d, kernel_size=%d, stride=%d, padding=%d, output_padding=%d%s)",
				in[0], l.Out, l.Kernel, stride(l), l.Padding, l.OutputPadding, pythonBias(l))
		},
		onnx: func(g *graph, l config.Layer, name, input string) string {
			return g.node("ConvTranspose", name, g.weighted(l, name, input), append(window(l), ints("output_padding", l.OutputPadding, l.OutputPadding))...)
		},
	},
	"max_pool2d": {
		parameters: none,
		python:     pythonPool("nn.MaxPool2d"),
		onnx: func(g *graph, l config.Layer, name, input string) string {
			return g.node("MaxPool", name, []string{input}, window(l)...)
		},
	},
	"avg_pool2d": {
		parameters: none,
		python:     pythonPool("nn.AvgPool2d"),
		onnx: func(g *graph, l config.Layer, name, input string) string {
			return g.node("AveragePool", name, []string{input}, append(window(l), integer("count_include_pad", 1))...)
		},
	},
	"upsample": {
		parameters: none,
		python: func(l config.Layer, _ [3]int) string {
			return fmt.Sprintf("nn.Upsample(scale_factor=%d, mode=\"nearest\")", scale(l))
		},
		onnx: func(g *graph, l config.Layer, name, input string) string {
			by := float32(scale(l))
			return g.node("Resize", name, []string{input, "", g.floats(name+".scales", 1, 1, by, by)},
				text("mode", "nearest"), text("coordinate_transformation_mode", "asymmetric"), text("nearest_mode", "floor"))
		},
	},
	"batch_norm2d": {
		parameters: func(_ config.Layer, in [3]int) map[string][]int {
			c := []int{in[0]}
			return map[string][]int{"weight": c, "bias": c, "running_mean": c, "running_var": c, "num_batches_tracked": nil}
		},
		python: func(_ config.Layer, in [3]int) string { return fmt.Sprintf("nn.BatchNorm2d(%d)", in[0]) },
		onnx: func(g *graph, _ config.Layer, name, input string) string {
			return g.node("BatchNormalization", name, []string{input, g.weight(name + ".weight"), g.weight(name + ".bias"),
				g.weight(name + ".running_mean"), g.weight(name + ".running_var")}, float("epsilon", 1e-5))
		},
	},
	"relu": {
		parameters: none,
		python:     func(config.Layer, [3]int) string { return "nn.ReLU()" },
		onnx: func(g *graph, _ config.Layer, name, input string) string {
			return g.node("Relu", name, []string{input})
		},
	},
	"sigmoid": {
		parameters: none,
		python:     func(config.Layer, [3]int) string { return "nn.Sigmoid()" },
		onnx: func(g *graph, _ config.Layer, name, input string) string {
			return g.node("Sigmoid", name, []string{input})
		},
	},
}

func none(config.Layer, [3]int) map[string][]int { return nil }

func withBias(l config.Layer, weight []int) map[string][]int {
	shapes := map[string][]int{"weight": weight}
	if l.HasBias() {
		shapes["bias"] = []int{l.Out}
	}
	return shapes
}

// stride and scale have the defaults of layers that config did not resolve: those of
// a shortcut.
func stride(l config.Layer) int { return max(l.Stride, 1) }

func scale(l config.Layer) int {
	if l.Scale == 0 {
		return 2
	}
	return l.Scale
}

func pythonBias(l config.Layer) string {
	if l.HasBias() {
		return ""
	}
	return ", bias=False"
}

func pythonPool(module string) func(config.Layer, [3]int) string {
	return func(l config.Layer, _ [3]int) string {
		return fmt.Sprintf("%s(%d, stride=%d, padding=%d)", module, l.Kernel, stride(l), l.Padding)
	}
}

// window are ONNX's attributes of a kernel that moves over a map.
func window(l config.Layer) []attribute {
	return []attribute{ints("kernel_shape", l.Kernel, l.Kernel), ints("strides", stride(l), stride(l)),
		ints("pads", l.Padding, l.Padding, l.Padding, l.Padding)}
}
