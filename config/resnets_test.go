package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestResNets counts parameters as the authors do: He et al. give 0.27 million
// for ResNet-20; 11,173,962 is what PyTorch counts for ResNet-18 with a 3x3 stem
// and 10 classes.
func TestResNets(t *testing.T) {
	images := [3]int{3, 32, 32}
	for name, want := range map[string]struct {
		parameters, features int
		shape                [3]int
		forward              float64 // multiplications and additions of the encoder
	}{
		// The stem, then 3 stages of 6 convolutions; a stride halves both sides and
		// the first convolution's input channels.
		"resnet20": {269722, 64, [3]int{64, 8, 8}, 2 * 9 * 1024 * (3*16 + 6*16*16 + 2*(5.5*16*16))},
		"resnet18": {11173962, 512, [3]int{512, 4, 4}, 2 * 1024 * (9*(3*64+4*64*64+3*(3.5*64*64)) + 3*(.5*64*64))},
	} {
		d := load(t, name)
		encoder, decoder, err := d.Model.Shapes(images)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.shape, encoder[len(encoder)-1]); diff != "" {
			t.Errorf("%s: the encoder's map (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([3]int{want.features, 1, 1}, decoder[0]); diff != "" {
			t.Errorf("%s: what the decoder sees (-want +got):\n%s", name, diff)
		}
		n, _ := d.Model.Parameters(images)
		if n += (want.features + 1) * 10; n != want.parameters || d.Model.Features(images) != want.features {
			t.Errorf("%s: %d parameters, want %d; %d features, want %d", name, n, want.parameters, d.Model.Features(images), want.features)
		}
		flops, _, err := d.Model.TrainingFLOPs(images)
		first := d.Model.Encoder[0].flops(images, encoder[0])
		if got := (flops + first) / 3; err != nil || got != want.forward {
			t.Errorf("%s: %g FLOPs forward, want %g, %v", name, got, want.forward, err)
		}
		for _, loss := range []string{"bce", "l1", "mse"} {
			if d.Autoencoders[loss].Loss != loss {
				t.Errorf("%s has no auto-encoder %s", name, loss)
			}
		}
		for classifier, encoder := range map[string]string{"random": Random, "pretrained": "bce", "end_to_end": Random} {
			if c := d.Classifiers[classifier]; c.Encoder != encoder || *c.Freeze != (classifier != "end_to_end") {
				t.Errorf("%s: classifier %s is %+v", name, classifier, c)
			}
		}
	}
}

// TestSizesOfABlock counts by hand.
func TestSizesOfABlock(t *testing.T) {
	narrow := []Layer{{Type: "conv2d", Out: 6, Kernel: 3, Stride: 2, Padding: 1, Bias: new(false)}, {Type: "batch_norm2d"}, {Type: "relu"}}
	wide := []Layer{{Type: "upsample"}, {Type: "conv2d", Out: 2, Kernel: 3, Padding: 1}}
	in := [3]int{4, 5, 6}
	for _, c := range []struct {
		layer       Layer
		out         [3]int
		parameters  int
		flops       float64
		activations []float64
		label       string
	}{
		{Layer{Type: "residual", Shortcut: "pad", Stride: 2, Layers: narrow}, [3]int{6, 3, 3},
			4*6*9 + 12, 2 * 4 * 6 * 9 * 9, []float64{54, 54, 54}, "Residual 4→6, k3 s2, pad shortcut"},
		{Layer{Type: "residual", Shortcut: "conv", Stride: 2, Layers: narrow}, [3]int{6, 3, 3},
			4*6*9 + 12 + 4*6 + 12, 2*4*6*9*9 + 2*4*6*9, []float64{54, 54, 54, 54, 54}, "Residual 4→6, k3 s2, conv shortcut"},
		{Layer{Type: "residual", Shortcut: "upsample", Layers: wide}, [3]int{2, 10, 12},
			4*2*9 + 2 + 4*2 + 4, 2*4*2*9*120 + 2*4*2*120, []float64{480, 240, 480, 240, 240, 240}, "Residual 4→2, ×2 + k3 s1, upsample shortcut"},
		{Layer{Type: "residual", Layers: []Layer{{Type: "batch_norm2d"}}}, in, 8, 0, []float64{120, 120}, "Residual 4→4"},
	} {
		if faults := c.layer.faults(""); len(faults) > 0 {
			t.Fatal(faults)
		}
		c.layer.resolve()
		out, err := c.layer.Shape(in)
		if err != nil || out != c.out {
			t.Fatalf("%s: %v, %v", c.label, out, err)
		}
		if n, f := c.layer.parameters(in), c.layer.flops(in, out); n != c.parameters || f != c.flops {
			t.Errorf("%s: %d parameters, want %d; %g FLOPs, want %g", c.label, n, c.parameters, f, c.flops)
		}
		if diff := cmp.Diff(c.activations, c.layer.activations(in, out)); diff != "" {
			t.Errorf("%s: activations (-want +got):\n%s", c.label, diff)
		}
		if label := c.layer.Label(in); label != c.label || c.layer.KeepsShape() {
			t.Errorf("label %q, want %q", label, c.label)
		}
	}
}
