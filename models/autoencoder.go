package models

import (
	"fmt"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// AutoEncoder is an encoder and the decoder that takes its maps back to
// images.
type AutoEncoder struct {
	Encoder, Decoder Part
	// decoder is the decoder's modules, and logits those without the last one, a
	// sigmoid; nil where it does not end in one.
	decoder, logits *Sequential
}

// NewAutoEncoder makes the network of spec on device, for images of shape
// [C, H, W]. The weights are drawn from g: first the encoder's, then the
// decoder's, as PyTorch draws them when the modules are made in that order.
func NewAutoEncoder(spec config.Model, shape [3]int, g *torch.Generator, device torch.Device) (*AutoEncoder, error) {
	encoder, maps, err := newSequential(spec.Encoder, shape, g)
	if err != nil {
		return nil, fmt.Errorf("encoder: %w", err)
	}
	decoder, _, err := newSequential(spec.Decoder, maps, g)
	if err != nil {
		encoder.Drop()
		return nil, fmt.Errorf("decoder: %w", err)
	}
	a := &AutoEncoder{Encoder: Part{config.Encoder, encoder}, Decoder: Part{config.Decoder, decoder},
		decoder: decoder, logits: decoder.withoutSigmoid()}
	for _, p := range a.parts() {
		if err := p.module.Place(device); err != nil {
			a.Drop()
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return a, nil
}

func (a *AutoEncoder) parts() []Part { return []Part{a.Encoder, a.Decoder} }

// Forward encodes and decodes images x, float32 [N, C, H, W] from 0 to 1. The
// result has x's shape; the caller drops it.
func (a *AutoEncoder) Forward(x *ts.Tensor, m Mode) (*ts.Tensor, error) {
	maps, err := a.Encoder.Forward(x, m)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(maps)
	return a.Decoder.Forward(maps, m)
}

// EndsInSigmoid reports whether the decoder's last module is a sigmoid, so
// that DecodeFrom gives logits.
func (a *AutoEncoder) EndsInSigmoid() bool { return a.logits != nil }

// LastLayer is the place of the decoder's last layer, from 0.
func (a *AutoEncoder) LastLayer() int { return len(a.decoder.modules) - 1 }

// DecodeUpTo applies the decoder up to its layer at last, from 0, to maps, [N, C,
// H, W]. The caller drops the result.
func (a *AutoEncoder) DecodeUpTo(maps *ts.Tensor, last int, m Mode) (*ts.Tensor, error) {
	part, err := a.Decoder.UpTo(last)
	if err != nil {
		return nil, err
	}
	return part.Forward(maps, m)
}

// DecodeFrom applies the decoder's layers from the one at first on, without a final
// sigmoid, to x, which the layer before gives: to the encoder's maps from 0 on. A
// cross-entropy of logits is cheaper and rounds less than one of their sigmoid.
// The caller drops the result.
func (a *AutoEncoder) DecodeFrom(x *ts.Tensor, first int, m Mode) (*ts.Tensor, error) {
	rest := a.decoderFrom(first)
	if len(rest.modules) == 0 {
		return x.ShallowClone()
	}
	return Part{a.Decoder.Name, rest}.Forward(x, m)
}

// decoderFrom are the decoder's layers from the one at first on, without a final
// sigmoid; there may be none.
func (a *AutoEncoder) decoderFrom(first int) *Sequential {
	whole := a.logits
	if whole == nil {
		whole = a.decoder
	}
	if first == 0 {
		return whole
	}
	return whole.from(first)
}

// Parameters are the encoder's and then the decoder's.
func (a *AutoEncoder) Parameters() []Parameter { return Parameters(a.parts()...) }

// State is all that a checkpoint keeps: parameters and buffers, part by part.
func (a *AutoEncoder) State() []Parameter { return State(a.parts()...) }

// NeedsWholeBatch reports whether a batch to train on must go through the
// network in one piece, on one thread.
func (a *AutoEncoder) NeedsWholeBatch() bool {
	return NeedWholeBatch(a.parts()...)
}

// Drop frees the weights.
func (a *AutoEncoder) Drop() {
	for _, p := range a.parts() {
		p.module.Drop()
	}
}
