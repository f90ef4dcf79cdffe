package models

import (
	"errors"
	"fmt"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// AutoEncoder is an encoder and the decoder that takes its maps back to
// images.
type AutoEncoder struct {
	Encoder, Decoder Part
	// logits is the decoder without its last module, a sigmoid; nil where it
	// does not end in one.
	logits *Sequential
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
	a := &AutoEncoder{Encoder: Part{config.Encoder, encoder}, Decoder: Part{config.Decoder, decoder}, logits: decoder.withoutSigmoid()}
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
// that DecodeLogits is defined.
func (a *AutoEncoder) EndsInSigmoid() bool { return a.logits != nil }

// DecodeLogits applies the decoder without its final sigmoid to maps, [N, C, H,
// W]: a cross-entropy of the logits is cheaper and rounds less. It fails if
// EndsInSigmoid is false. The caller drops the result.
func (a *AutoEncoder) DecodeLogits(maps *ts.Tensor, m Mode) (*ts.Tensor, error) {
	if a.logits == nil {
		return nil, errors.New("decoder: no logits: its last layer is not a sigmoid")
	}
	return Part{a.Decoder.Name, a.logits}.Forward(maps, m)
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
