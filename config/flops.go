package config

// TrainingFLOPs returns the floating-point operations of the encoder and of the
// decoder in a training step, per image of shape input [C, H, W]. A
// multiplication and an addition count as two. The backward pass takes twice as
// many as the forward pass, for the gradients of weights and inputs, except in
// the first layer: images need no gradient. Biases, activations, the loss and
// the optimizer are not counted.
func (m Model) TrainingFLOPs(input [3]int) (encoder, decoder float64, err error) {
	maps, images, err := m.Shapes(input)
	if err != nil {
		return 0, 0, err
	}
	encoder = 3*forwardFLOPs(m.Encoder, input, maps) - m.Encoder[0].flops(input, maps[0])
	return encoder, 3 * forwardFLOPs(m.Decoder, maps[len(maps)-1], images), nil
}

// forwardFLOPs is the forward pass of a sequence of layers whose input is in.
func forwardFLOPs(layers []Layer, in [3]int, outputs [][3]int) float64 {
	var sum float64
	for i, l := range layers {
		sum += l.flops(in, outputs[i])
		in = outputs[i]
	}
	return sum
}

// flops of the layer's forward pass: each weight of a convolution is used once
// per output pixel, of a transposed convolution once per input pixel.
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
