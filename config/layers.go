package config

import (
	"fmt"
	"slices"
	"strconv"
)

func (l Layer) isConvolution() bool {
	return l.Type == "conv2d" || l.Type == "conv_transpose2d"
}

// formFaults returns the faults that do not depend on the image's shape.
func (m Model) formFaults() []fault {
	var faults []fault
	add := func(key, message string) { faults = append(faults, fault{key, message}) }
	switch {
	case len(m.Encoder) == 0:
		add("encoder", "missing, expected a list of layers")
	case m.Encoder[0].Type != "conv2d":
		add("encoder.0.type", fmt.Sprintf("the encoder must start with conv2d, found %s", quote(m.Encoder[0].Type)))
	}
	switch {
	case len(m.Decoder) == 0:
		add("decoder", "missing, expected a list of layers")
	case !slices.ContainsFunc(m.Decoder, Layer.isConvolution):
		add("decoder", "expected at least one convolution, found none")
	}
	for i, l := range m.Encoder {
		faults = append(faults, l.faults("encoder."+strconv.Itoa(i))...)
	}
	for i, l := range m.Decoder {
		faults = append(faults, l.faults("decoder."+strconv.Itoa(i))...)
	}
	return faults
}

// faults returns the fields that are missing, out of range or not allowed for
// the layer's type. The key is the layer's.
func (l Layer) faults(key string) []fault {
	var faults []fault
	add := func(field, message string) { faults = append(faults, fault{key + "." + field, message}) }
	if !slices.Contains(LayerTypes, l.Type) {
		add("type", "unknown layer type "+quote(l.Type))
		return faults
	}
	if !l.isConvolution() {
		for _, f := range l.fields() {
			if f.value != 0 {
				add(f.name, "only convolutions have this field, and this layer is "+l.Type)
			}
		}
		return faults
	}
	for _, f := range l.fields() {
		switch {
		case f.value < 0:
			add(f.name, fmt.Sprintf("expected an integer >= 0, found %d", f.value))
		case f.value == 0 && (f.name == "out" || f.name == "kernel"):
			add(f.name, "missing, expected an integer >= 1")
		}
	}
	switch {
	case l.OutputPadding == 0:
	case l.Type != "conv_transpose2d":
		add("output_padding", "only conv_transpose2d has this field, and this layer is "+l.Type)
	case l.OutputPadding >= max(l.Stride, 1):
		add("output_padding", fmt.Sprintf("expected less than the stride (%d), found %d", max(l.Stride, 1), l.OutputPadding))
	}
	return faults
}

// field is one of a layer's numbers.
type field struct {
	name  string
	value int
}

func (l Layer) fields() []field {
	return []field{
		{"out", l.Out},
		{"kernel", l.Kernel},
		{"stride", l.Stride},
		{"padding", l.Padding},
		{"output_padding", l.OutputPadding},
	}
}
