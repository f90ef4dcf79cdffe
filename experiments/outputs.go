package experiments

import (
	"slices"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
	"aeprobe/vision"
)

// outputs are what a network makes of a batch of images. Each is computed when
// first asked for, once, and freed by drop; a method may be called again.
type outputs struct {
	network *models.AutoEncoder
	// classifier is nil for an auto-encoder alone.
	classifier *models.Classifier
	images     vision.Images
	index      *ts.Tensor // int64 [B]
	// cached are a frozen encoder's features of all images, [images, features],
	// or nil.
	cached *ts.Tensor
	// exactBCE chooses the exact form of the cross-entropy of images.
	exactBCE bool
	// trains names the parts that a step trains; the others are in evaluation
	// mode, as all are in tests.
	trains []string

	scope                                                          torch.Scope
	pixels, labels, maps, features, decodedLogits, decoded, logits *ts.Tensor
}

// outputs are a network's of the images at index, int64 [B].
func (s *setup) outputs(network *models.AutoEncoder, images vision.Images, index *ts.Tensor) *outputs {
	return &outputs{network: network, images: images, index: index, exactBCE: s.exactBCE()}
}

// exactBCE chooses the exact form of the cross-entropy of images.
func (s *setup) exactBCE() bool { return s.definition.Numerics.BCE == config.BCEExact }

// classifierOutputs are outputs with those of a classifier; cached are a frozen
// encoder's features of all images, or nil.
func (s *setup) classifierOutputs(network *models.Classifier, images vision.Images, index *ts.Tensor, cached *ts.Tensor) *outputs {
	o := s.outputs(network.AutoEncoder, images, index)
	o.classifier, o.cached = network, cached
	return o
}

func (o *outputs) drop() { o.scope.Drop() }

func (o *outputs) mode(part string) models.Mode {
	return models.Mode(slices.Contains(o.trains, part))
}

// once computes *value if it is not there yet.
func (o *outputs) once(value **ts.Tensor, f func() (*ts.Tensor, error)) (*ts.Tensor, error) {
	if *value == nil {
		*value = o.scope.Do(f)
	}
	return *value, o.scope.Err
}

// Images are float32 [B, C, H, W] from 0 to 1.
func (o *outputs) Images() (*ts.Tensor, error) {
	return o.once(&o.pixels, func() (*ts.Tensor, error) { return o.images.Images(o.index) })
}

// Labels are int64 [B].
func (o *outputs) Labels() (*ts.Tensor, error) {
	return o.once(&o.labels, func() (*ts.Tensor, error) { return o.images.Labels(o.index) })
}

// Maps are the encoder's output, [B, C, H, W].
func (o *outputs) Maps() (*ts.Tensor, error) {
	images, err := o.Images()
	if err != nil {
		return nil, err
	}
	return o.once(&o.maps, func() (*ts.Tensor, error) { return o.network.Encoder.Forward(images, o.mode(config.Encoder)) })
}

// Features are the classifier's input, [B, features].
func (o *outputs) Features() (*ts.Tensor, error) {
	if o.cached != nil {
		return o.once(&o.features, func() (*ts.Tensor, error) { return o.cached.IndexSelect(0, o.index, false) })
	}
	maps, err := o.Maps()
	if err != nil {
		return nil, err
	}
	return o.once(&o.features, func() (*ts.Tensor, error) { return o.classifier.Pool(maps) })
}

// DecodedLogits are the decoder's output before its final sigmoid, which it must
// have, [B, C, H, W].
func (o *outputs) DecodedLogits() (*ts.Tensor, error) {
	maps, err := o.Maps()
	if err != nil {
		return nil, err
	}
	return o.once(&o.decodedLogits, func() (*ts.Tensor, error) { return o.network.DecodeLogits(maps, o.mode(config.Decoder)) })
}

// Decoded are the decoder's images, [B, C, H, W].
func (o *outputs) Decoded() (*ts.Tensor, error) {
	if o.network.EndsInSigmoid() {
		logits, err := o.DecodedLogits()
		if err != nil {
			return nil, err
		}
		return o.once(&o.decoded, func() (*ts.Tensor, error) { return logits.Sigmoid(false) })
	}
	maps, err := o.Maps()
	if err != nil {
		return nil, err
	}
	return o.once(&o.decoded, func() (*ts.Tensor, error) { return o.network.Decoder.Forward(maps, o.mode(config.Decoder)) })
}

// Logits are the classifier's, [B, classes].
func (o *outputs) Logits() (*ts.Tensor, error) {
	features, err := o.Features()
	if err != nil {
		return nil, err
	}
	return o.once(&o.logits, func() (*ts.Tensor, error) { return o.classifier.Classify(features) })
}
