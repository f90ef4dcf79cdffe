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
func (m Model) Features(input [3]int) int { return m.ClassifierFeatures(ReadsEncoder, input) }

// Parameters returns the number of parameters of the encoder and of the decoder
// for images of shape input [C, H, W]; zeros for a model that Shapes refuses.
func (m Model) Parameters(input [3]int) (encoder, decoder int) {
	if _, _, err := m.Shapes(input); err != nil {
		return 0, 0
	}
	maps := eachLayer(m.Encoder, input, func(l Layer, in, _ [3]int) { encoder += l.parameters(in) })
	eachLayer(m.Decoder, maps, func(l Layer, in, _ [3]int) { decoder += l.parameters(in) })
	return encoder, decoder
}

// Activations returns the numbers of float32s that a training step keeps for the
// backward pass per image of shape input [C, H, W], in order: the image itself
// and those of the encoder, and those of the decoder.
func (m Model) Activations(input [3]int) (encoder, decoder []float64, err error) {
	if _, _, err := m.Shapes(input); err != nil {
		return nil, nil, err
	}
	encoder = []float64{size(input)}
	maps := eachLayer(m.Encoder, input, func(l Layer, in, out [3]int) {
		encoder = append(encoder, l.activations(in, out)...)
	})
	eachLayer(m.Decoder, maps, func(l Layer, in, out [3]int) {
		decoder = append(decoder, l.activations(in, out)...)
	})
	return encoder, decoder, nil
}

// eachLayer calls f with each layer and the shapes of its input and output, for
// an input of shape in, and returns the shape of the last output. The layers
// must have passed through.
func eachLayer(layers []Layer, in [3]int, f func(l Layer, in, out [3]int)) [3]int {
	for _, l := range layers {
		out, _ := l.shape(in)
		f(l, in, out)
		in = out
	}
	return in
}

// size is how many numbers a map of shape [C, H, W] holds.
func size(shape [3]int) float64 {
	return float64(shape[0]) * float64(shape[1]) * float64(shape[2])
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

// through returns the shape after each layer of the list at key.
func through(key string, layers []Layer, shape [3]int) ([][3]int, *fault) {
	shapes := make([][3]int, len(layers))
	for i, l := range layers {
		next, f := l.shape(shape)
		if f != nil {
			at := key + "." + strconv.Itoa(i)
			if f.key != "" {
				at += "." + f.key
			}
			return nil, &fault{at, f.message}
		}
		shape, shapes[i] = next, next
	}
	return shapes, nil
}

// windowShape returns the output, with the given channels, of a window of l's
// Kernel and Padding that moves over an input [C, H, W] in steps of stride.
func windowShape(l Layer, channels, stride int, in [3]int) ([3]int, *fault) {
	out := [3]int{channels}
	for axis := 1; axis <= 2; axis++ {
		padded := in[axis] + 2*l.Padding
		if l.Kernel > padded {
			return out, &fault{message: fmt.Sprintf("the kernel of %d is larger than its input: %s with padding %d",
				l.Kernel, shapeText(in), l.Padding)}
		}
		out[axis] = (padded-l.Kernel)/max(stride, 1) + 1
	}
	return bounded(l, in, out)
}

// bounded returns out, or a fault if its height or width is out of range.
func bounded(l Layer, in, out [3]int) ([3]int, *fault) {
	if out[1] < 1 || out[2] < 1 {
		return out, &fault{message: fmt.Sprintf("padding %d leaves no output for the input %s", l.Padding, shapeText(in))}
	}
	if out[1] > maxSide || out[2] > maxSide {
		return out, &fault{message: fmt.Sprintf("the output %s is larger than %d pixels", shapeText(out), maxSide)}
	}
	return out, nil
}

func shapeText(s [3]int) string { return fmt.Sprintf("[%d, %d, %d]", s[0], s[1], s[2]) }
