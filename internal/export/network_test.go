package export

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/weights"
)

var noBias = false

// networks have every kind of layer, shortcut, pool and thing to read between them.
// The files of testdata are theirs: go test -update writes them, and make
// test-interop holds them against PyTorch and onnxruntime.
func networks() map[string]*Network {
	plain := config.Model{Pool: "avg", Encoder: []config.Layer{
		{Type: "conv2d", Out: 4, Kernel: 3, Stride: 2, Padding: 1},
		{Type: "relu"},
		{Type: "max_pool2d", Kernel: 3, Stride: 2, Padding: 1},
		{Type: "conv2d", Out: 6, Kernel: 3, Stride: 1, Padding: 1, Bias: &noBias},
		{Type: "avg_pool2d", Kernel: 3, Stride: 2, Padding: 1},
	}, Decoder: []config.Layer{
		{Type: "conv_transpose2d", Out: 5, Kernel: 3, Stride: 2, Padding: 1, OutputPadding: 1},
		{Type: "relu"},
		{Type: "upsample", Scale: 4},
		{Type: "conv_transpose2d", Out: 3, Kernel: 1, Stride: 1},
		{Type: "sigmoid"},
	}}
	body := func(out, stride int) []config.Layer {
		return []config.Layer{
			{Type: "conv2d", Out: out, Kernel: 3, Stride: stride, Padding: 1, Bias: &noBias},
			{Type: "batch_norm2d"},
			{Type: "relu"},
			{Type: "conv2d", Out: out, Kernel: 3, Stride: 1, Padding: 1, Bias: &noBias},
			{Type: "batch_norm2d"},
		}
	}
	up := body(4, 1)
	up = append(up[:3:3], append([]config.Layer{{Type: "upsample", Scale: 2}}, up[3:]...)...)
	blocks := config.Model{Pool: "max", Encoder: []config.Layer{
		{Type: "conv2d", Out: 4, Kernel: 2, Stride: 2, Bias: &noBias},
		{Type: "batch_norm2d"},
		{Type: "relu"},
		{Type: "residual", Shortcut: "identity", Layers: body(4, 1)},
		{Type: "residual", Shortcut: "pad", Stride: 2, Layers: body(7, 2)},
		{Type: "residual", Shortcut: "conv", Stride: 2, Layers: body(5, 2)},
	}, Decoder: []config.Layer{
		{Type: "residual", Shortcut: "upsample", Scale: 2, Layers: up},
		{Type: "upsample", Scale: 4},
		{Type: "conv2d", Out: 3, Kernel: 3, Stride: 1, Padding: 1},
		{Type: "sigmoid"},
	}}
	flat := plain
	flat.Pool = "flatten"
	all := map[string]*Network{
		"plain":     {Model: plain},
		"blocks":    {Model: blocks, Classes: 10},
		"flat":      {Model: flat, Classes: 10, Reads: config.ReadsDetached},
		"decoded":   {Model: blocks, Classes: 3, Reads: config.ReadsReconstruction},
		"activated": {Model: plain, Classes: 3, Reads: "decoder.1"},
	}
	for name, n := range all {
		n.Name = "networks/" + name
		n.Image = [3]int{3, 16, 16}
		n.Weights = rampWeights(n.Specs())
	}
	return all
}

// rampWeights are exact in float32, and variances are positive.
func rampWeights(specs map[string]weights.Spec) *weights.File {
	f := &weights.File{Tensors: map[string]weights.Array{}}
	for number, name := range slices.Sorted(maps.Keys(specs)) {
		spec := specs[name]
		if spec.DType == weights.I64 {
			f.Tensors[name] = weights.Int64s(spec.Shape, []int64{7})
			continue
		}
		n := 1
		for _, d := range spec.Shape {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = float32((37*i+11*number)%101-50) / 256
			if strings.HasSuffix(name, "running_var") {
				values[i] = float32(i%5+1) / 8
			}
		}
		f.Tensors[name] = weights.Float32s(spec.Shape, values)
	}
	return f
}

// TestEveryLayerCanBeWritten holds the table against config's.
func TestEveryLayerCanBeWritten(t *testing.T) {
	known := slices.DeleteFunc(config.LayerTypes(), func(name string) bool { return name == "residual" })
	slices.Sort(known)
	if have := slices.Sorted(maps.Keys(layers)); !slices.Equal(have, known) {
		t.Errorf("layers has %v, config %v", have, known)
	}
	used := map[string]bool{}
	for _, n := range networks() {
		n.uses(func(l config.Layer) bool { used[l.Type+l.Shortcut] = true; return false })
	}
	for _, name := range append(known, "residualidentity", "residualpad", "residualconv", "residualupsample") {
		if !used[name] {
			t.Errorf("no test writes a %s", name)
		}
	}
}

// TestCheck refuses weights that are not the network's.
func TestCheck(t *testing.T) {
	for name, n := range networks() {
		if err := n.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for what, spoil := range map[string]func(n *Network){
		`1 missing: "encoder.1.running_mean" (float32 [4])`: func(n *Network) { delete(n.Weights.Tensors, "encoder.1.running_mean") },
		`"classifier.bias": shape [10], want [11]`:          func(n *Network) { n.Classes = 11 },
		"the images are [3, 17, 16]":                        func(n *Network) { n.Image[1] = 17 },
	} {
		n := networks()["blocks"]
		spoil(n)
		if err := n.Check(); err == nil || !strings.Contains(fmt.Sprint(err), what) {
			t.Errorf("%v, want: %s", err, what)
		}
	}
}
