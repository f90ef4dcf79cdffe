package config

import "fmt"

// conv2d is nn.Conv2d(in, Out, Kernel, Stride, Padding, bias=Bias).
func conv2d() layerKind {
	return layerKind{
		name:        "conv2d",
		fields:      []string{"out", "kernel", "stride", "padding", "bias"},
		needs:       []string{"out", "kernel"},
		resolve:     resolveConvolution,
		shape:       conv2dShape,
		parameters:  convolutionParameters,
		flops:       conv2dFLOPs,
		activations: outputOnly,
		label:       convolutionLabel("Conv2d"),
	}
}

// convTranspose2d is nn.ConvTranspose2d(in, Out, Kernel, Stride, Padding,
// OutputPadding, bias=Bias).
func convTranspose2d() layerKind {
	return layerKind{
		name:        "conv_transpose2d",
		fields:      []string{"out", "kernel", "stride", "padding", "output_padding", "bias"},
		needs:       []string{"out", "kernel"},
		resolve:     resolveConvolution,
		faults:      outputPaddingFaults,
		shape:       convTranspose2dShape,
		parameters:  convolutionParameters,
		flops:       convTranspose2dFLOPs,
		activations: outputOnly,
		label:       convolutionLabel("ConvTranspose2d"),
	}
}

// resolveConvolution leaves a bias out where it is what PyTorch does anyway, so
// that saying so doesn't change a fingerprint.
func resolveConvolution(l *Layer) {
	if l.Stride == 0 {
		l.Stride = 1
	}
	if l.HasBias() {
		l.Bias = nil
	}
}

func outputPaddingFaults(l Layer) []fault {
	stride := max(l.Stride, 1)
	if l.OutputPadding == 0 || l.OutputPadding < stride {
		return nil
	}
	return []fault{{"output_padding", fmt.Sprintf("expected less than the stride (%d), found %d", stride, l.OutputPadding)}}
}

func conv2dShape(l Layer, in [3]int) ([3]int, *fault) {
	return windowShape(l, l.Out, l.Stride, in)
}

func convTranspose2dShape(l Layer, in [3]int) ([3]int, *fault) {
	length := func(in int) int {
		return (in-1)*max(l.Stride, 1) - 2*l.Padding + l.Kernel + l.OutputPadding
	}
	return bounded(l, in, [3]int{l.Out, length(in[1]), length(in[2])})
}

func convolutionParameters(l Layer, in [3]int) int {
	n := in[0] * l.Out * l.Kernel * l.Kernel
	if l.HasBias() {
		n += l.Out
	}
	return n
}

// conv2dFLOPs: each weight meets each pixel of the output.
func conv2dFLOPs(l Layer, in, out [3]int) float64 {
	return 2 * float64(l.Kernel*l.Kernel*in[0]*out[0]) * float64(out[1]*out[2])
}

// convTranspose2dFLOPs: each weight meets each pixel of the input.
func convTranspose2dFLOPs(l Layer, in, out [3]int) float64 {
	return 2 * float64(l.Kernel*l.Kernel*in[0]*out[0]) * float64(in[1]*in[2])
}

func convolutionLabel(name string) func(l Layer, in [3]int) string {
	return func(l Layer, in [3]int) string {
		return fmt.Sprintf("%s %d→%d, k%d s%d p%d", name, in[0], l.Out, l.Kernel, l.Stride, l.Padding)
	}
}
