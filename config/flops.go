package config

// TrainingFLOPs is how many floating-point operations one image of shape input
// [C, H, W] takes in a training step of the encoder and of the decoder, a
// multiplication and an addition being two: those of the convolutions forward,
// and twice as many backward, for the gradients of weights and inputs. The
// images themselves need no gradient. Biases, activations, the loss and the
// optimizer are not counted.
func (m Model) TrainingFLOPs(input [3]int) (encoder, decoder float64, err error) {
	maps, images, err := m.Shapes(input)
	if err != nil {
		return 0, 0, err
	}
	encoder = 3*forwardFLOPs(m.Encoder, input, maps) - m.Encoder[0].flops(input, maps[0])
	return encoder, 3 * forwardFLOPs(m.Decoder, maps[len(maps)-1], images), nil
}

// forwardFLOPs is for layers in a row, of which the first has the input in.
func forwardFLOPs(layers []Layer, in [3]int, outputs [][3]int) float64 {
	var sum float64
	for i, l := range layers {
		sum += l.flops(in, outputs[i])
		in = outputs[i]
	}
	return sum
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
