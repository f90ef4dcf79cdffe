package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

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
	case !slices.ContainsFunc(m.Decoder, Layer.hasParameters):
		add("decoder", "expected at least one convolution, found none")
	}
	faults = append(faults, layersFaults("encoder", m.Encoder)...)
	return append(faults, layersFaults("decoder", m.Decoder)...)
}

// layersFaults returns the faults of each of the layers in the list at key.
func layersFaults(key string, layers []Layer) []fault {
	var faults []fault
	for i, l := range layers {
		faults = append(faults, l.faults(key+"."+strconv.Itoa(i)+".")...)
	}
	return faults
}

// faults returns the fields that are missing, out of range or not allowed for
// the layer's kind. Their keys begin with prefix.
func (l Layer) faults(prefix string) []fault {
	var faults []fault
	add := func(field, message string) { faults = append(faults, fault{prefix + field, message}) }
	kind, known := findLayerKind(l.Type)
	if !known {
		add("type", "unknown layer type "+quote(l.Type))
		return faults
	}
	for _, f := range l.fields() {
		switch {
		case f.given && !slices.Contains(kind.fields, f.name):
			add(f.name, kind.takesNo(f.name))
		case f.number < 0:
			add(f.name, fmt.Sprintf("expected an integer >= 0, found %d", f.number))
		case !f.given && slices.Contains(kind.needs, f.name):
			add(f.name, "missing, expected "+f.expected)
		}
	}
	if kind.faults != nil && len(faults) == 0 {
		for _, f := range kind.faults(l) {
			add(f.key, f.message)
		}
	}
	return faults
}

// takesNo says that a field is not allowed for the kind, and which are.
func (k layerKind) takesNo(field string) string {
	message := k.name + " takes no " + field
	if len(k.fields) > 0 {
		message += ", only " + strings.Join(k.fields, ", ")
	}
	return message
}

// field is one of a layer's fields other than its type.
type field struct {
	name     string
	given    bool
	number   int    // 0 where the value is none
	expected string // in words, where a kind can't do without it
}

func (l Layer) fields() []field {
	number := func(name string, n int) field { return field{name, n != 0, n, "an integer >= 1"} }
	return []field{
		number("out", l.Out),
		number("kernel", l.Kernel),
		number("stride", l.Stride),
		number("padding", l.Padding),
		number("output_padding", l.OutputPadding),
		{name: "bias", given: l.Bias != nil, expected: "true or false"},
		number("scale", l.Scale),
		{name: "layers", given: len(l.Layers) > 0, expected: "a list of layers"},
		{name: "shortcut", given: l.Shortcut != "", expected: "a shortcut"},
	}
}
