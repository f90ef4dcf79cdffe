// Package export writes trained networks in the formats of other programs: ONNX,
// and Python that builds them with torch.nn. It knows definitions and weights, and
// neither libtorch nor data sets. What it writes is the same for the same network.
package export

import (
	"fmt"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/weights"
)

// Network is a trained network.
type Network struct {
	// Name says which, such as the stage "classifiers/end_to_end".
	Name  string
	Model config.Model
	// Image is the shape [C, H, W] of an image, whose values are from 0 to 1.
	Image [3]int
	// Classes is the number of the linear classifier's outputs; 0 for an
	// auto-encoder.
	Classes int
	// Reads is what the classifier reads, as config.Classifier.Classify names it.
	Reads string
	// Weights are by PyTorch's names, as in checkpoint.safetensors.
	Weights *weights.File
}

// Check returns an error where the layers do not fit the images, or the weights do
// not fit the layers, to the last name, type and shape.
func (n *Network) Check() error {
	if _, _, err := n.Model.Shapes(n.Image); err != nil {
		return err
	}
	return weights.Match(n.Weights, n.Specs())
}

// Specs are the types and shapes of the network's weights, by name.
func (n *Network) Specs() map[string]weights.Spec {
	all := map[string]weights.Spec{}
	maps := layerSpecs(all, config.Encoder, n.Model.Encoder, n.Image)
	layerSpecs(all, config.Decoder, n.Model.Decoder, maps)
	if n.Classes > 0 {
		width := n.Model.ClassifierFeatures(n.Reads, n.Image)
		all[config.Head+".weight"] = float32Spec(n.Classes, width)
		all[config.Head+".bias"] = float32Spec(n.Classes)
	}
	return all
}

func float32Spec(shape ...int) weights.Spec { return weights.Spec{DType: weights.F32, Shape: shape} }

// layerSpecs adds the specs of layers whose names begin with prefix, for an input
// [C, H, W], and returns the output's shape.
func layerSpecs(all map[string]weights.Spec, prefix string, layers []config.Layer, in [3]int) [3]int {
	return eachLayer(layers, in, func(place int, l config.Layer, in, _ [3]int) {
		addSpecs(all, layerName(prefix, place), l, in)
	})
}

// layerName is the name of a layer by its place in a list.
func layerName(prefix string, place int) string { return fmt.Sprintf("%s.%d", prefix, place) }

func addSpecs(all map[string]weights.Spec, name string, l config.Layer, in [3]int) {
	if l.Type == "residual" {
		names := l.LayerNames()
		out := eachLayer(l.Layers, in, func(place int, l config.Layer, in, _ [3]int) {
			addSpecs(all, name+"."+names[place], l, in)
		})
		layerSpecs(all, name+"."+l.ShortcutName(), l.ShortcutLayers(out[0]), in)
		return
	}
	for parameter, shape := range layers[l.Type].parameters(l, in) {
		spec := float32Spec(shape...)
		if shape == nil {
			spec = weights.Spec{DType: weights.I64}
		}
		all[name+"."+parameter] = spec
	}
}

// eachLayer calls f with each layer and the shapes of its input and output, and
// returns the last output's shape. The layers must have passed Model.Shapes.
func eachLayer(layers []config.Layer, in [3]int, f func(place int, l config.Layer, in, out [3]int)) [3]int {
	for place, l := range layers {
		out, _ := l.Shape(in)
		f(place, l, in, out)
		in = out
	}
	return in
}

// uses reports whether the network has a layer for which is holds, inside blocks
// included.
func (n *Network) uses(is func(config.Layer) bool) bool {
	return slices.ContainsFunc(slices.Concat(n.Model.Encoder, n.Model.Decoder), func(l config.Layer) bool {
		return is(l) || slices.ContainsFunc(l.Layers, is)
	})
}
