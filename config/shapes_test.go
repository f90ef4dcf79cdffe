package config

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLayerShapes compares with PyTorch's shapes, from testdata/shapes.py.
func TestLayerShapes(t *testing.T) {
	text, err := os.ReadFile("testdata/shapes.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Input  [3]int
		Layers []struct {
			Type                         string
			Out, Kernel, Stride, Padding int
			OutputPadding                int `json:"output_padding"`
		}
		Shapes [][3]int
		Error  bool
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for i, c := range cases {
		shape, shapes, refused := c.Input, [][3]int(nil), false
		for _, l := range c.Layers {
			layer := Layer{Type: l.Type, Out: l.Out, Kernel: l.Kernel, Stride: l.Stride, Padding: l.Padding, OutputPadding: l.OutputPadding}
			next, err := layer.Shape(shape)
			if err != nil {
				refused = true
				break
			}
			shape, shapes = next, append(shapes, next)
		}
		if refused != c.Error {
			t.Errorf("case %d: refused is %t, PyTorch's error %t", i, refused, c.Error)
		}
		if diff := cmp.Diff(c.Shapes, shapes); diff != "" && len(c.Shapes)+len(shapes) > 0 {
			t.Errorf("case %d: shapes (-PyTorch +ours):\n%s", i, diff)
		}
	}
}

func TestReportShapes(t *testing.T) {
	d, err := Load("report", nil)
	if err != nil {
		t.Fatal(err)
	}
	encoder, decoder, err := d.Model.Shapes([3]int{3, 32, 32})
	if err != nil {
		t.Fatal(err)
	}
	wantEncoder := [][3]int{{12, 16, 16}, {12, 16, 16}, {24, 8, 8}, {24, 8, 8}, {48, 4, 4}, {48, 4, 4}}
	wantDecoder := [][3]int{{24, 8, 8}, {24, 8, 8}, {12, 16, 16}, {12, 16, 16}, {3, 32, 32}, {3, 32, 32}}
	if diff := cmp.Diff(wantEncoder, encoder); diff != "" {
		t.Errorf("encoder (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantDecoder, decoder); diff != "" {
		t.Errorf("decoder (-want +got):\n%s", diff)
	}
	for pool, want := range map[string]int{"avg": 48, "max": 48, "flatten": 768} {
		d.Model.Pool = pool
		if got := d.Model.Features([3]int{3, 32, 32}); got != want {
			t.Errorf("%s gives %d features, want %d", pool, got, want)
		}
	}
}

func TestShapesError(t *testing.T) {
	d, err := Load("report", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = d.Model.Shapes([3]int{3, 28, 30})
	want := "model.decoder: the decoder's output is [3, 24, 24], but the images are [3, 28, 30]"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if got := d.Model.Features([3]int{3, 28, 30}); got != 0 {
		t.Errorf("%d features of an impossible model", got)
	}

	broken := Model{
		Encoder: []Layer{{Type: "dense"}, {Type: "conv2d", Out: -1, Kernel: 3}},
		Decoder: []Layer{{Type: "relu", Out: 3}},
	}
	_, _, err = broken.Shapes([3]int{3, 32, 32})
	for _, want := range []string{
		`model.encoder.0.type: the encoder must start with conv2d, found "dense"`,
		`model.encoder.0.type: unknown layer type "dense"`,
		"model.encoder.1.out: expected an integer >= 0, found -1",
		"model.decoder: expected at least one convolution, found none",
		"model.decoder.0.out: relu takes no out",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s in it", err, want)
		}
	}
}
