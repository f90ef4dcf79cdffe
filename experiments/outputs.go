package experiments

import (
	"errors"
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
	// bf16 makes networks compute in bfloat16 where a step trains.
	bf16 bool
	// noise, if not nil, makes the encoder's input of the images.
	noise func(images *ts.Tensor) (*ts.Tensor, error)

	scope torch.Scope
	// raw is what the decoder gives before a final sigmoid.
	pixels, labels, input, maps, raw, decoded, read, features, logits *ts.Tensor
}

// outputs are a network's of the images at index, int64 [B].
func (s *setup) outputs(network *models.AutoEncoder, images vision.Images, index *ts.Tensor) *outputs {
	return &outputs{network: network, images: images, index: index, exactBCE: s.exactBCE(), bf16: s.bf16()}
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

// Input is what the encoder sees: the images, or what noise makes of them.
func (o *outputs) Input() (*ts.Tensor, error) {
	images, err := o.Images()
	if err != nil || o.noise == nil {
		return images, err
	}
	return o.once(&o.input, func() (*ts.Tensor, error) { return o.noise(images) })
}

// by is f(x), f being a part of the network, in the precision of the step.
func (o *outputs) by(x *ts.Tensor, f func(*ts.Tensor) (*ts.Tensor, error)) (*ts.Tensor, error) {
	if o.bf16 && len(o.trains) > 0 {
		return models.MixedPrecision(x, f)
	}
	return f(x)
}

func (o *outputs) encode(x *ts.Tensor) (*ts.Tensor, error) {
	return o.network.Encoder.Forward(x, o.mode(config.Encoder))
}

// Maps are the encoder's output, [B, C, H, W].
func (o *outputs) Maps() (*ts.Tensor, error) {
	input, err := o.Input()
	if err != nil {
		return nil, err
	}
	return o.once(&o.maps, func() (*ts.Tensor, error) { return o.by(input, o.encode) })
}

// Read are the maps that the classifier reads, [B, C, H, W].
func (o *outputs) Read() (*ts.Tensor, error) {
	if layer, reads := o.readsLayer(); reads {
		return o.activation(layer)
	}
	switch o.classifier.Reads {
	case config.ReadsDetached:
		maps, err := o.Maps()
		if err != nil {
			return nil, err
		}
		return o.once(&o.read, func() (*ts.Tensor, error) { return maps.Detach(false) })
	case config.ReadsReconstruction:
		decoded, err := o.Decoded()
		if err != nil {
			return nil, err
		}
		return o.once(&o.read, func() (*ts.Tensor, error) { return o.by(decoded, o.encode) })
	default:
		return o.Maps()
	}
}

// readsLayer is the layer of the decoder that the classifier reads, if it reads
// one.
func (o *outputs) readsLayer() (layer int, reads bool) {
	if o.classifier == nil {
		return 0, false
	}
	return config.DecoderLayer(o.classifier.Reads)
}

// activation is what the decoder's layer gives that the classifier reads.
func (o *outputs) activation(layer int) (*ts.Tensor, error) {
	if layer == o.network.LastLayer() {
		return o.Decoded()
	}
	maps, err := o.Maps()
	if err != nil {
		return nil, err
	}
	return o.once(&o.read, func() (*ts.Tensor, error) {
		return o.by(maps, func(x *ts.Tensor) (*ts.Tensor, error) { return o.network.DecodeUpTo(x, layer, o.mode(config.Decoder)) })
	})
}

// Features are the classifier's input, [B, features].
func (o *outputs) Features() (*ts.Tensor, error) {
	if o.cached != nil {
		return o.once(&o.features, func() (*ts.Tensor, error) { return o.cached.IndexSelect(0, o.index, false) })
	}
	read, err := o.Read()
	if err != nil {
		return nil, err
	}
	return o.once(&o.features, func() (*ts.Tensor, error) { return o.classifier.Pool(read) })
}

// decodedRaw is the decoder's output before a final sigmoid, [B, C, H, W]. What
// the classifier reads on the way is computed once.
func (o *outputs) decodedRaw() (*ts.Tensor, error) {
	from, first := o.Maps, 0
	if layer, reads := o.readsLayer(); reads && layer < o.network.LastLayer() {
		from, first = o.Read, layer+1
	}
	x, err := from()
	if err != nil {
		return nil, err
	}
	return o.once(&o.raw, func() (*ts.Tensor, error) {
		return o.by(x, func(x *ts.Tensor) (*ts.Tensor, error) { return o.network.DecodeFrom(x, first, o.mode(config.Decoder)) })
	})
}

// DecodedLogits are the decoder's output before its final sigmoid, which it must
// have, [B, C, H, W].
func (o *outputs) DecodedLogits() (*ts.Tensor, error) {
	if !o.network.EndsInSigmoid() {
		return nil, errors.New("decoder: no logits: its last layer is not a sigmoid")
	}
	return o.decodedRaw()
}

// Decoded are the decoder's images, [B, C, H, W].
func (o *outputs) Decoded() (*ts.Tensor, error) {
	raw, err := o.decodedRaw()
	if err != nil || !o.network.EndsInSigmoid() {
		return raw, err
	}
	return o.once(&o.decoded, func() (*ts.Tensor, error) { return raw.Sigmoid(false) })
}

// ImageLogits are what the classifier makes of the encoder's own maps, whatever it
// reads, [B, classes]. The caller drops the result.
func (o *outputs) ImageLogits() (*ts.Tensor, error) {
	maps, err := o.Maps()
	if err != nil {
		return nil, err
	}
	features, err := o.classifier.Pool(maps)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(features)
	return o.classifier.Classify(features)
}

// Logits are the classifier's, [B, classes].
func (o *outputs) Logits() (*ts.Tensor, error) {
	features, err := o.Features()
	if err != nil {
		return nil, err
	}
	return o.once(&o.logits, func() (*ts.Tensor, error) { return o.classifier.Classify(features) })
}
