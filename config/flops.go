package config

// TrainingFLOPs returns the floating-point operations of the encoder and of the
// decoder in a training step, per image of shape input [C, H, W]. A
// multiplication and an addition count as two. The backward pass takes twice as
// many as the forward pass, for the gradients of weights and inputs, except in
// the first layer: images need no gradient. Biases, activations, pooling,
// normalisation, the loss and the optimizer are not counted.
func (m Model) TrainingFLOPs(input [3]int) (encoder, decoder float64, err error) {
	if _, _, err := m.Shapes(input); err != nil {
		return 0, 0, err
	}
	first, _ := m.Encoder[0].shape(input)
	maps := eachLayer(m.Encoder, input, func(l Layer, in, out [3]int) { encoder += 3 * l.flops(in, out) })
	eachLayer(m.Decoder, maps, func(l Layer, in, out [3]int) { decoder += 3 * l.flops(in, out) })
	return encoder - m.Encoder[0].flops(input, first), decoder, nil
}
