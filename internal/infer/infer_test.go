package infer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/weights"
)

// network is a list of tensors, by name and shape.
func network(lines ...string) []weights.Named {
	var all []weights.Named
	for _, line := range lines {
		name, shape, _ := strings.Cut(line, " ")
		t := weights.Named{Name: name, Spec: weights.Spec{DType: weights.F32}}
		for _, d := range strings.Fields(shape) {
			n := 0
			fmt.Sscan(d, &n)
			t.Shape = append(t.Shape, n)
		}
		all = append(all, t)
	}
	return all
}

// short is a proposal on one line.
func short(p *Proposal) string {
	var parts []string
	for _, layers := range [][]Layer{p.Encoder, p.Decoder} {
		var names []string
		for _, l := range layers {
			name := l.Type
			if l.Out > 0 {
				name += fmt.Sprintf("(%d k%d s%d p%d %s)", l.Out, l.Kernel, l.Stride, l.Padding, l.Theirs)
			}
			names = append(names, name)
		}
		parts = append(parts, strings.Join(names, " "))
	}
	return strings.Join(parts, " | ") + " | " + p.Pool + " " + p.Linear
}

// TestNetwork has networks as people write them.
func TestNetwork(t *testing.T) {
	image := [3]int{3, 32, 32}
	for what, c := range map[string]struct {
		tensors []weights.Named
		prefix  string
		want    string
	}{
		"the report's auto-encoder, sorted": {network("decoder.0.bias 12", "decoder.0.weight 24 12 4 4", "decoder.2.bias 3", "decoder.2.weight 12 3 4 4",
			"encoder.0.bias 12", "encoder.0.weight 12 3 4 4", "encoder.2.bias 24", "encoder.2.weight 24 12 4 4"), "",
			"conv2d(12 k4 s2 p1 encoder.0) relu conv2d(24 k4 s2 p1 encoder.2) relu | conv_transpose2d(12 k4 s2 p1 decoder.0) relu conv_transpose2d(3 k4 s2 p1 decoder.2) sigmoid | avg "},
		"a VGG with pools, under a prefix": {network("module.features.0.weight 8 3 3 3", "module.features.0.bias 8", "module.features.1.weight 8", "module.features.1.bias 8",
			"module.features.1.running_mean 8", "module.features.1.running_var 8", "module.features.4.weight 16 8 3 3", "module.features.4.bias 16", "module.classifier.weight 10 4096", "module.classifier.bias 10"), "module.",
			"conv2d(8 k3 s1 p1 features.0) batch_norm2d relu max_pool2d conv2d(16 k3 s1 p1 features.4) relu | conv_transpose2d(8 k3 s1 p1 ) relu upsample conv_transpose2d(3 k3 s1 p1 ) sigmoid | flatten classifier"},
		"equal widths in a decoder": {network("encoder.0.weight 8 3 4 4", "encoder.0.bias 8", "decoder.0.weight 8 8 4 4", "decoder.0.bias 8", "decoder.2.weight 3 8 3 3", "decoder.2.bias 3"), "",
			"conv2d(8 k4 s2 p1 encoder.0) relu | conv_transpose2d(8 k4 s2 p1 decoder.0) relu conv2d(3 k3 s1 p1 decoder.2) sigmoid | avg "},
		"numbers beyond 9": {network("c.10.weight 4 2 2 2", "c.2.weight 2 3 2 2"), "",
			"conv2d(2 k2 s2 p0 c.2) relu max_pool2d conv2d(4 k2 s2 p0 c.10) relu | conv_transpose2d(2 k2 s2 p0 ) relu upsample conv_transpose2d(3 k2 s2 p0 ) sigmoid | avg "},
	} {
		p, err := Network(c.tensors, c.prefix, image)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if got := short(p); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", what, got, c.want)
		}
		if _, _, err := p.Model().Shapes(image); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		for _, l := range slices.Concat(p.Encoder, p.Decoder) {
			if l.Guess == "" && l.Theirs == "" {
				t.Errorf("%s: a %s has no weights and is no guess", what, l.Type)
			}
		}
	}
}

// TestManyModules takes time that grows with the tensors, not with their square.
func TestManyModules(t *testing.T) {
	var tensors []weights.Named
	for i := range 50_000 {
		tensors = append(tensors, weights.Named{Name: fmt.Sprintf("l%d.weight", i), Spec: weights.Spec{Shape: []int{1}}},
			weights.Named{Name: fmt.Sprintf("l%d.bias", i)})
	}
	all := modulesOf(tensors, "")
	if len(all) != 50_000 || all[7].name != "l7" || len(all[7].shapes) != 2 {
		t.Errorf("%d modules", len(all))
	}
}

// TestWhatIsNotInferred names the tensor that is no part of a chain.
func TestWhatIsNotInferred(t *testing.T) {
	for want, tensors := range map[string][]weights.Named{
		"there are no weights":                       network("step 1"),
		"b takes 5 channels, where 8 come":           network("a.weight 8 3 3 3", "b.weight 9 5 3 3"),
		"downsample.1 is a batch norm of 8 channels": network("a.weight 8 3 3 3", "b.weight 16 8 3 3", "downsample.1.weight 8", "downsample.1.running_mean 8"),
		"a has a kernel of 3 x 5":                    network("a.weight 8 3 3 5"),
		"a has a weight [8 3 3 3 3]":                 network("a.weight 8 3 3 3 3"),
		"fc is a linear layer":                       network("fc.weight 10 3072"),
		"reads 50 features, where 8 channels come":   network("a.weight 8 3 3 3", "fc.weight 10 50"),
		"no layer of an encoder":                     network("up.weight 3 8 4 4"),
		"a: out: missing":                            network("a.weight 0 3 0 0"),
	} {
		p, err := Network(tensors, "", [3]int{3, 32, 32})
		if err == nil {
			t.Errorf("%s: %s", want, short(p))
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want: %s", err, want)
		}
	}
}
