package models

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// AutoEncoder is an encoder and the decoder that takes its maps back to
// images.
type AutoEncoder struct {
	Encoder, Decoder *Sequential
}

// NewAutoEncoder makes the network of spec on device, for images of shape
// [C, H, W]. The weights are drawn from g: first the encoder's, then the
// decoder's, as PyTorch draws them when the modules are made in that order.
func NewAutoEncoder(spec config.Model, shape [3]int, g *torch.Generator, device torch.Device) (*AutoEncoder, error) {
	encoder, channels, err := newSequential("encoder", spec.Encoder, shape[0], g)
	if err != nil {
		return nil, err
	}
	decoder, _, err := newSequential("decoder", spec.Decoder, channels, g)
	if err != nil {
		encoder.Drop()
		return nil, err
	}
	a := &AutoEncoder{Encoder: encoder, Decoder: decoder}
	for _, s := range []*Sequential{encoder, decoder} {
		for _, l := range s.layers {
			if err := l.place(device); err != nil {
				a.Drop()
				return nil, err
			}
		}
	}
	return a, nil
}

// Forward encodes and decodes images x, float32 [N, C, H, W] from 0 to 1. The
// result has x's shape; the caller drops it.
func (a *AutoEncoder) Forward(x *ts.Tensor) (*ts.Tensor, error) {
	return a.through(x, len(a.Decoder.layers))
}

// EndsInSigmoid reports whether the decoder's last module is a sigmoid, so
// that ForwardLogits is defined.
func (a *AutoEncoder) EndsInSigmoid() bool {
	specs := a.Decoder.specs
	return specs[len(specs)-1].Type == "sigmoid"
}

// ForwardLogits is Forward without the decoder's last module, the sigmoid: what a
// cross-entropy is computed from more cheaply and with less rounding.
func (a *AutoEncoder) ForwardLogits(x *ts.Tensor) (*ts.Tensor, error) {
	return a.through(x, len(a.Decoder.layers)-1)
}

func (a *AutoEncoder) through(x *ts.Tensor, decoderLayers int) (*ts.Tensor, error) {
	maps, err := a.Encoder.Forward(x)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(maps)
	return a.Decoder.forward(maps, decoderLayers)
}

// DecodeLogits applies the decoder without its final sigmoid to maps, [N, C, H,
// W]. The caller drops the result.
func (a *AutoEncoder) DecodeLogits(maps *ts.Tensor) (*ts.Tensor, error) {
	return a.Decoder.forward(maps, len(a.Decoder.layers)-1)
}

// Parameters are the encoder's and then the decoder's.
func (a *AutoEncoder) Parameters() []Parameter {
	return append(a.Encoder.Parameters(), a.Decoder.Parameters()...)
}

// Drop frees the weights.
func (a *AutoEncoder) Drop() {
	a.Encoder.Drop()
	a.Decoder.Drop()
}
