package config

import (
	"fmt"
	"strconv"
	"strings"
)

// This file holds the facts about residual blocks. The rule: what a block is made
// of is said once, as layers, by ShortcutLayers and PadsShortcut; all sizes follow
// from the layers' own.

// The shortcuts of a residual block. All but ShortcutIdentity change the input's
// shape to that of the layers' output.
const (
	// ShortcutIdentity is the input itself.
	ShortcutIdentity = "identity"
	// ShortcutPad takes every Stride-th pixel and adds channels of zeros, half of
	// them before and half behind: option A of He et al., Deep residual learning
	// for image recognition, section 4.2.
	ShortcutPad = "pad"
	// ShortcutConv is a 1x1 convolution with Stride, and a batch norm: their
	// option B.
	ShortcutConv = "conv"
	// ShortcutUpsample enlarges the input by Scale, for decoders; a 1x1
	// convolution and a batch norm follow.
	ShortcutUpsample = "upsample"
)

// residual is ReLU(Layers(x) + Shortcut(x)).
func residual() layerKind {
	return layerKind{
		name:        "residual",
		fields:      []string{"layers", "shortcut", "stride", "scale"},
		needs:       []string{"layers"},
		resolve:     resolveResidual,
		faults:      residualFaults,
		shape:       residualShape,
		parameters:  residualParameters,
		flops:       residualFLOPs,
		activations: residualActivations,
		label:       residualLabel,
	}
}

func resolveResidual(l *Layer) {
	for i := range l.Layers {
		l.Layers[i].resolve()
	}
	switch l.Shortcut {
	case "":
		l.Shortcut = ShortcutIdentity
	case ShortcutPad, ShortcutConv:
		l.Stride = max(l.Stride, 1)
	case ShortcutUpsample:
		resolveUpsample(l)
	}
}

func residualFaults(l Layer) []fault {
	faults := layersFaults("layers", l.Layers)
	for i, inner := range l.Layers {
		if inner.Type == l.Type {
			faults = append(faults, fault{"layers." + strconv.Itoa(i) + ".type", "a residual block can't hold another"})
		}
	}
	strides := l.Shortcut == ShortcutPad || l.Shortcut == ShortcutConv
	if l.Stride != 0 && !strides {
		faults = append(faults, fault{"stride", "only the shortcuts pad and conv take a stride"})
	}
	if l.Scale != 0 && l.Shortcut != ShortcutUpsample {
		faults = append(faults, fault{"scale", "only the shortcut upsample takes a scale"})
	}
	return faults
}

// ShortcutLayers are the layers of a residual block's shortcut, for an output of
// so many channels; none for the identity, nor where PadsShortcut is true.
func (l Layer) ShortcutLayers(channels int) []Layer {
	project := Layer{Type: "conv2d", Out: channels, Kernel: 1, Stride: 1, Bias: new(bool)}
	switch l.Shortcut {
	case ShortcutConv:
		project.Stride = max(l.Stride, 1)
		return []Layer{project, {Type: "batch_norm2d"}}
	case ShortcutUpsample:
		return []Layer{{Type: "upsample", Scale: l.Scale}, project, {Type: "batch_norm2d"}}
	}
	return nil
}

// PadsShortcut reports whether a residual block's shortcut leaves out pixels and
// adds channels of zeros.
func (l Layer) PadsShortcut() bool { return l.Shortcut == ShortcutPad }

// LayerNames are the names of a residual block's layers, which begin those of their
// parameters: the types, those with parameters shortened as in PyTorch's ResNets,
// each with its number among its like, from 1 ("conv1", "bn1", "relu1").
func (l Layer) LayerNames() []string {
	short := map[string]string{"conv2d": "conv", "conv_transpose2d": "conv", "batch_norm2d": "bn"}
	count := map[string]int{}
	var names []string
	for _, inner := range l.Layers {
		name, has := short[inner.Type]
		if !has {
			name = inner.Type
		}
		count[name]++
		names = append(names, fmt.Sprint(name, count[name]))
	}
	return names
}

// ShortcutName begins the names of the parameters of a residual block's shortcut.
func (l Layer) ShortcutName() string {
	if l.Shortcut == ShortcutUpsample {
		return "upsample"
	}
	return "downsample"
}

func residualShape(l Layer, in [3]int) ([3]int, *fault) {
	shapes, f := through("layers", l.Layers, in)
	if f != nil {
		return in, f
	}
	out := shapes[len(shapes)-1]
	short, f := shortcutShape(l, in, out)
	if f != nil {
		return in, f
	}
	if short != out {
		return in, &fault{"shortcut", fmt.Sprintf("the layers give %s, but the shortcut %s: %s",
			shapeText(out), shapeText(short), shortcutRemedy(in, out))}
	}
	return out, nil
}

// shortcutShape is what a shortcut makes of an input, where the layers give out.
func shortcutShape(l Layer, in, out [3]int) ([3]int, *fault) {
	if l.PadsShortcut() {
		if out[0] < in[0] {
			return in, &fault{"shortcut", fmt.Sprintf("pad adds channels, but the layers give %d of %d: use conv", out[0], in[0])}
		}
		stride := max(l.Stride, 1)
		return [3]int{out[0], (in[1]-1)/stride + 1, (in[2]-1)/stride + 1}, nil
	}
	shapes, f := through("", l.ShortcutLayers(out[0]), in)
	switch {
	case f != nil:
		return in, &fault{"shortcut", f.message}
	case len(shapes) == 0:
		return in, nil
	}
	return shapes[len(shapes)-1], nil
}

// shortcutRemedy says which shortcut leads from in to out.
func shortcutRemedy(in, out [3]int) string {
	switch {
	case in == out:
		return "use identity"
	case in[1] > out[1]:
		return fmt.Sprintf("use pad or conv with stride: %d, or other layers", in[1]/max(out[1], 1))
	case in[1] < out[1]:
		return fmt.Sprintf("use upsample with scale: %d, or other layers", out[1]/in[1])
	}
	return "use pad or conv with stride: 1, or other layers"
}

// eachOfBlock calls f with every layer of a block, those of the shortcut last.
func eachOfBlock(l Layer, in [3]int, f func(l Layer, in, out [3]int)) {
	out := eachLayer(l.Layers, in, f)
	eachLayer(l.ShortcutLayers(out[0]), in, f)
}

func residualParameters(l Layer, in [3]int) (n int) {
	eachOfBlock(l, in, func(l Layer, in, _ [3]int) { n += l.parameters(in) })
	return n
}

func residualFLOPs(l Layer, in, _ [3]int) (n float64) {
	eachOfBlock(l, in, func(l Layer, in, out [3]int) { n += l.flops(in, out) })
	return n
}

// residualActivations end with the sum.
func residualActivations(l Layer, in, out [3]int) (all []float64) {
	eachOfBlock(l, in, func(l Layer, in, out [3]int) { all = append(all, l.activations(in, out)...) })
	return append(all, size(out))
}

// residualLabel is "Residual 16→32, k3 s2 + k3 s1, pad".
func residualLabel(l Layer, in [3]int) string {
	var windows []string
	out := eachLayer(l.Layers, in, func(l Layer, _, _ [3]int) {
		switch {
		case l.Kernel > 0:
			windows = append(windows, fmt.Sprintf("k%d s%d", l.Kernel, max(l.Stride, 1)))
		case l.Scale > 0:
			windows = append(windows, "×"+strconv.Itoa(l.Scale))
		}
	})
	label := fmt.Sprintf("Residual %d→%d", in[0], out[0])
	if len(windows) > 0 {
		label += ", " + strings.Join(windows, " + ")
	}
	if l.Shortcut != "" && l.Shortcut != ShortcutIdentity {
		label += ", " + l.Shortcut + " shortcut"
	}
	return label
}
