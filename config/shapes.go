package config

import (
	"errors"
	"fmt"
	"strconv"
)

// maxSide bounds a map's height and width in pixels, so that sizes cannot
// overflow.
const maxSide = 1 << 16

// Shapes returns the shape [C, H, W] after each layer of the encoder and of
// the decoder for images of shape input [C, H, W].
//
// Sizes are those of PyTorch's nn.Conv2d and nn.ConvTranspose2d with dilation
// 1. For an impossible network the shapes are nil, and the error joins all its
// faults.
func (m Model) Shapes(input [3]int) (encoder, decoder [][3]int, err error) {
	encoder, decoder, faults := m.shapes(input)
	if len(faults) > 0 {
		errs := make([]error, len(faults))
		for i, f := range faults {
			errs[i] = f
		}
		return nil, nil, errors.Join(errs...)
	}
	return encoder, decoder, nil
}

// Features returns the number of features per image of shape input [C, H, W],
// after Pool; 0 for a model that Shapes rejects.
func (m Model) Features(input [3]int) int {
	encoder, _, err := m.Shapes(input)
	if err != nil {
		return 0
	}
	last := encoder[len(encoder)-1]
	if m.Pool == "flatten" {
		return last[0] * last[1] * last[2]
	}
	return last[0]
}

// Parameters returns the number of parameters of the encoder and of the decoder
// for images of shape input [C, H, W].
func (m Model) Parameters(input [3]int) (encoder, decoder int) {
	channels := input[0]
	count := func(layers []Layer) (n int) {
		for _, l := range layers {
			if l.isConvolution() {
				n += channels*l.Out*l.Kernel*l.Kernel + l.Out
				channels = l.Out
			}
		}
		return n
	}
	encoder = count(m.Encoder)
	return encoder, count(m.Decoder)
}

// fault is one reason why a model is impossible.
type fault struct {
	// key is the path below the model, as in encoder.2.kernel.
	key     string
	message string
}

func (f fault) Error() string { return "model." + f.key + ": " + f.message }

func (m Model) shapes(input [3]int) (encoder, decoder [][3]int, faults []fault) {
	faults = m.formFaults()
	if len(faults) > 0 {
		return nil, nil, faults
	}
	encoder, f := through("encoder", m.Encoder, input)
	if f != nil {
		return nil, nil, []fault{*f}
	}
	decoder, f = through("decoder", m.Decoder, encoder[len(encoder)-1])
	if f != nil {
		return nil, nil, []fault{*f}
	}
	if last := decoder[len(decoder)-1]; last != input {
		message := fmt.Sprintf("the decoder's output is %s, but the images are %s", shapeText(last), shapeText(input))
		return nil, nil, []fault{{"decoder", message}}
	}
	return encoder, decoder, nil
}

// through returns the shape after each of a part's layers.
func through(part string, layers []Layer, shape [3]int) ([][3]int, *fault) {
	shapes := make([][3]int, len(layers))
	for i, l := range layers {
		next, message := l.shape(shape)
		if message != "" {
			return nil, &fault{part + "." + strconv.Itoa(i), message}
		}
		shape, shapes[i] = next, next
	}
	return shapes, nil
}

// shape returns the layer's output shape for an input [C, H, W], or a message
// if there is none.
func (l Layer) shape(in [3]int) (out [3]int, message string) {
	if !l.isConvolution() {
		return in, ""
	}
	out[0] = l.Out
	stride := max(l.Stride, 1)
	for axis := 1; axis <= 2; axis++ {
		padded := in[axis] + 2*l.Padding
		switch l.Type {
		case "conv2d":
			if l.Kernel > padded {
				return out, fmt.Sprintf("the kernel of %d is larger than its input: %s with padding %d",
					l.Kernel, shapeText(in), l.Padding)
			}
			out[axis] = (padded-l.Kernel)/stride + 1
		case "conv_transpose2d":
			out[axis] = (in[axis]-1)*stride - 2*l.Padding + l.Kernel + l.OutputPadding
		}
	}
	if out[1] < 1 || out[2] < 1 {
		return out, fmt.Sprintf("padding %d leaves no output for the input %s", l.Padding, shapeText(in))
	}
	if out[1] > maxSide || out[2] > maxSide {
		return out, fmt.Sprintf("the output %s is larger than %d pixels", shapeText(out), maxSide)
	}
	return out, ""
}

func shapeText(s [3]int) string { return fmt.Sprintf("[%d, %d, %d]", s[0], s[1], s[2]) }
