package config

import "slices"

// TrainingFLOPs is how many floating-point operations one image of shape input
// [C, H, W] takes in a training step of the auto-encoder, a multiplication and
// an addition being two: those of the convolutions forward, and twice as many
// backward, for the gradients of weights and inputs. The images themselves need
// no gradient. Biases, activations, the loss and the optimizer are not counted.
func (m Model) TrainingFLOPs(input [3]int) (float64, error) {
	encoder, decoder, err := m.Shapes(input)
	if err != nil {
		return 0, err
	}
	outputs := slices.Concat(encoder, decoder)
	var sum float64
	in := input
	for i, l := range slices.Concat(m.Encoder, m.Decoder) {
		passes := 3.
		if i == 0 {
			passes = 2
		}
		sum += passes * l.flops(in, outputs[i])
		in = outputs[i]
	}
	return sum, nil
}

// flops of the layer forward: each weight of a convolution meets each pixel of
// its output, each of a transposed one each pixel of its input.
func (l Layer) flops(in, out [3]int) float64 {
	if !l.isConvolution() {
		return 0
	}
	pixels := out[1] * out[2]
	if l.Type == "conv_transpose2d" {
		pixels = in[1] * in[2]
	}
	return 2 * float64(l.Kernel*l.Kernel*in[0]*out[0]) * float64(pixels)
}
