package models

import (
	"fmt"
	"slices"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// Classifier is a linear layer on the pooled maps of an auto-encoder's
// encoder, or on what else it reads. Where it does not read the decoder's, that
// stays with the encoder so that its maps can be looked at as images.
type Classifier struct {
	*AutoEncoder
	// Reads is what the classifier reads, as config.Classifier.Classify names it.
	Reads    string
	pool     func(maps *ts.Tensor) (*ts.Tensor, error)
	poolName string
	linear   *linear
}

// pools is the table of ways to make the encoder's maps, [N, C, H, W], the
// classifier's input: avg and max give [N, C], flatten [N, C*H*W].
var pools = map[string]func(maps *ts.Tensor) (*ts.Tensor, error){
	"avg": func(maps *ts.Tensor) (*ts.Tensor, error) {
		return maps.MeanDim([]int64{2, 3}, false, maps.DType(), false)
	},
	"max":     func(maps *ts.Tensor) (*ts.Tensor, error) { return maps.Amax([]int64{2, 3}, false, false) },
	"flatten": func(maps *ts.Tensor) (*ts.Tensor, error) { return maps.Flatten(1, -1, false) },
}

// NewClassifier makes the networks of spec on device for images of shape
// [C, H, W] and the given number of classes; for 0 there is no linear layer. reads
// is what that reads, as config.Classifier.Classify names it. The weights are drawn
// from g: the encoder's, the decoder's, then the linear layer's.
func NewClassifier(spec config.Model, reads string, shape [3]int, classes int, g *torch.Generator, device torch.Device) (*Classifier, error) {
	pool, known := pools[spec.Pool]
	if !known {
		return nil, fmt.Errorf("no pooling named %q", spec.Pool)
	}
	autoencoder, err := NewAutoEncoder(spec, shape, g, device)
	if err != nil {
		return nil, err
	}
	c := &Classifier{AutoEncoder: autoencoder, Reads: reads, pool: pool, poolName: spec.Pool}
	if classes == 0 {
		return c, nil
	}
	if c.linear, err = newLinear(spec.ClassifierFeatures(reads, shape), classes, g); err == nil {
		err = c.linear.Place(device)
	}
	if err != nil {
		c.Drop()
		return nil, fmt.Errorf("classifier: %w", err)
	}
	return c, nil
}

// Pool makes maps, [N, C, H, W], the linear layer's input, [N, features]. The
// caller drops the result.
func (c *Classifier) Pool(maps *ts.Tensor) (*ts.Tensor, error) { return c.pool(maps) }

// Classify gives the logits, [N, classes], of features, [N, features]. The
// caller drops the result.
func (c *Classifier) Classify(features *ts.Tensor) (*ts.Tensor, error) {
	return c.head().Forward(features, Evaluation)
}

// CrossEntropy is the mean cross-entropy, a scalar, of the classes that the
// linear layer gives features, [N, features], and labels, int64 [N]. The caller
// drops the result.
func (c *Classifier) CrossEntropy(features, labels *ts.Tensor) (*ts.Tensor, error) {
	return torch.LinearCrossEntropy(features, c.linear.weight, c.linear.bias, labels)
}

func (c *Classifier) head() Part { return Part{config.Head, c.linear} }

func (c *Classifier) parts() []Part {
	if c.linear == nil {
		return c.AutoEncoder.parts()
	}
	return append(c.AutoEncoder.parts(), c.head())
}

// Parts are those of the given names: config.Encoder, Decoder or Head.
func (c *Classifier) Parts(names ...string) []Part {
	return slices.DeleteFunc(c.parts(), func(p Part) bool { return !slices.Contains(names, p.Name) })
}

// Parameters are the encoder's, the decoder's, and the linear layer's.
func (c *Classifier) Parameters() []Parameter { return Parameters(c.parts()...) }

// State is all that a checkpoint keeps: parameters and buffers, part by part.
func (c *Classifier) State() []Parameter { return State(c.parts()...) }

// Drop frees the weights.
func (c *Classifier) Drop() {
	c.AutoEncoder.Drop()
	if c.linear != nil {
		c.linear.Drop()
	}
}

// WithoutHead frees the linear layer and is the rest.
func (c *Classifier) WithoutHead() *AutoEncoder {
	c.linear.Drop()
	c.linear = nil
	return c.AutoEncoder
}
