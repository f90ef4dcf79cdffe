package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// TestLayerKindsAreWhole holds the rows of layerKinds against the fields of
// Layer.
func TestLayerKindsAreWhole(t *testing.T) {
	var fields []string
	for _, f := range (Layer{}).fields() {
		fields = append(fields, f.name)
	}
	layer := reflect.TypeFor[Layer]()
	for i := range layer.NumField() {
		name, options, _ := strings.Cut(layer.Field(i).Tag.Get("yaml"), ",")
		switch {
		case name == "type":
		case !slices.Contains(fields, name):
			t.Errorf("Layer.fields lacks %s", name)
		case options != "omitempty":
			t.Errorf("%s is written where it is not given: every fingerprint would change", name)
		}
	}
	var names, taken []string
	for _, k := range layerKinds() {
		names, taken = append(names, k.name), append(taken, k.fields...)
		if k.label == nil {
			t.Errorf("%s has no label", k.name)
		}
		for _, f := range k.needs {
			if !slices.Contains(k.fields, f) {
				t.Errorf("%s needs %s, which it does not take", k.name, f)
			}
		}
	}
	slices.Sort(names)
	if unique := slices.Compact(slices.Clone(names)); len(unique) < len(names) {
		t.Errorf("two kinds have the same name: %v", names)
	}
	for _, f := range fields {
		if !slices.Contains(taken, f) {
			t.Errorf("no kind takes %s", f)
		}
	}
}

// TestLayersTakeTheirFieldsOnly gives each field to each kind by itself.
func TestLayersTakeTheirFieldsOnly(t *testing.T) {
	for _, k := range layerKinds() {
		for field, l := range map[string]Layer{
			"out": {Out: 1}, "kernel": {Kernel: 1}, "stride": {Stride: 1}, "padding": {Padding: 1},
			"output_padding": {OutputPadding: 1}, "bias": {Bias: new(false)},
			"scale": {Scale: 1}, "layers": {Layers: []Layer{{Type: "relu"}}}, "shortcut": {Shortcut: ShortcutPad},
		} {
			l.Type = k.name
			refused := slices.ContainsFunc(l.faults(""), func(f fault) bool {
				return f.key == field && strings.HasPrefix(f.message, k.name+" takes no "+field)
			})
			if takes := slices.Contains(k.fields, field); refused == takes {
				t.Errorf("%s takes %s: %t, refused: %t", k.name, field, takes, refused)
			}
		}
	}
}

// TestLayersAreWrittenAsBefore: what a definition doesn't say must not change
// the fingerprints of its finished stages.
func TestLayersAreWrittenAsBefore(t *testing.T) {
	yes, no := true, false
	layers := []Layer{
		{Type: "conv2d", Out: 12, Kernel: 4, Stride: 2, Padding: 1},
		{Type: "conv2d", Out: 12, Kernel: 4, Bias: &yes},
		{Type: "conv2d", Out: 12, Kernel: 4, Bias: &no},
		{Type: "max_pool2d", Kernel: 2},
		{Type: "batch_norm2d"},
		{Type: "relu"},
	}
	for i := range layers {
		layers[i].resolve()
	}
	text, err := yaml.Marshal(layers)
	if err != nil {
		t.Fatal(err)
	}
	const want = `- type: conv2d
  out: 12
  kernel: 4
  stride: 2
  padding: 1
- type: conv2d
  out: 12
  kernel: 4
  stride: 1
- type: conv2d
  out: 12
  kernel: 4
  stride: 1
  bias: false
- type: max_pool2d
  kernel: 2
  stride: 2
- type: batch_norm2d
- type: relu
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
}

// normalised is a network with every kind of layer.
func normalised() Model {
	return Model{
		Encoder: []Layer{{Type: "conv2d", Out: 4, Kernel: 3, Stride: 1, Padding: 1, Bias: new(false)}, {Type: "batch_norm2d"}, {Type: "relu"},
			{Type: "max_pool2d", Kernel: 2, Stride: 2}},
		Decoder: []Layer{{Type: "conv_transpose2d", Out: 3, Kernel: 2, Stride: 2}, {Type: "sigmoid"}},
		Pool:    "avg",
	}
}

// TestSizesOfEveryLayer counts by hand what is trained, kept and computed.
func TestSizesOfEveryLayer(t *testing.T) {
	m, images := normalised(), [3]int{3, 8, 8}
	if encoder, decoder := m.Parameters(images); encoder != 4*3*9+2*4 || decoder != 4*3*4+3 {
		t.Errorf("%d and %d parameters", encoder, decoder)
	}
	encoder, decoder, err := m.Activations(images)
	if err != nil {
		t.Fatal(err)
	}
	// The image, the convolution, the batch norm with its ReLU, the places of
	// the maxima, the maxima; then the transposed convolution and the sigmoid.
	if diff := cmp.Diff([]float64{192, 256, 256, 128, 64}, encoder); diff != "" {
		t.Errorf("encoder (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{192, 192}, decoder); diff != "" {
		t.Errorf("decoder (-want +got):\n%s", diff)
	}
	e, d, err := m.TrainingFLOPs(images)
	if err != nil || e != 2*2*9*3*4*64 || d != 3*2*4*4*3*16 {
		t.Errorf("%g and %g FLOPs, %v", e, d, err)
	}
	m.Decoder[0].Out = 4
	if _, _, err := m.Activations(images); err == nil {
		t.Error("a decoder of 4 channels was taken for images of 3")
	}
	if encoder, decoder := m.Parameters(images); encoder+decoder != 0 {
		t.Errorf("%d and %d parameters of a model that can't be", encoder, decoder)
	}
}

func TestLabels(t *testing.T) {
	m, in := normalised(), [3]int{3, 8, 8}
	var got []string
	for _, l := range append(m.Encoder, m.Decoder...) {
		label := l.Label(in)
		if l.KeepsShape() {
			label = "+ " + label
		}
		got = append(got, label)
		var err error
		if in, err = l.Shape(in); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"Conv2d 3→4, k3 s1 p1", "+ BatchNorm2d", "+ ReLU", "MaxPool2d, k2 s2 p0",
		"ConvTranspose2d 4→3, k2 s2 p0", "+ Sigmoid"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}
