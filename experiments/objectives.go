package experiments

import (
	"fmt"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// An objective is a loss: a scalar, the mean over a batch, of what a network
// makes of it.
type objective struct {
	loss func(*outputs) (*ts.Tensor, error)
	// scores tells that every auto-encoder is tested with it.
	scores bool
	// defined, if not nil, tells whether the loss is defined for a network.
	defined func(*models.AutoEncoder) bool
}

// objectives is the table of losses that networks are trained and tested with.
// A new loss is a line here and one in config.
var objectives = map[string]objective{
	"bce":           {loss: binaryCrossEntropy, scores: true, defined: (*models.AutoEncoder).EndsInSigmoid},
	"l1":            {loss: l1, scores: true},
	"mse":           {loss: mse, scores: true},
	"cross_entropy": {loss: crossEntropy},
}

// meanReduction is libtorch's number for a loss that is the mean over all its
// elements.
const meanReduction = 1

// binaryCrossEntropy compares decoded images with the originals, in the form that
// the definition's numerics choose. From the values before the sigmoid it is
// cheaper.
func binaryCrossEntropy(o *outputs) (*ts.Tensor, error) {
	logits, err := o.DecodedLogits()
	if err != nil {
		return nil, err
	}
	images, err := o.Images()
	if err != nil {
		return nil, err
	}
	if o.exactBCE {
		return torch.BinaryCrossEntropyWithLogits(logits, images)
	}
	return torch.BinaryCrossEntropyOfSigmoid(logits, images)
}

func l1(o *outputs) (*ts.Tensor, error) {
	decoded, images, err := o.reconstruction()
	if err != nil {
		return nil, err
	}
	return decoded.L1Loss(images, meanReduction, false)
}

func mse(o *outputs) (*ts.Tensor, error) {
	decoded, images, err := o.reconstruction()
	if err != nil {
		return nil, err
	}
	return decoded.MseLoss(images, meanReduction, false)
}

// reconstruction is the decoded images and the originals.
func (o *outputs) reconstruction() (decoded, images *ts.Tensor, err error) {
	if decoded, err = o.Decoded(); err != nil {
		return nil, nil, err
	}
	images, err = o.Images()
	return decoded, images, err
}

// crossEntropy computes linear layer, softmax and loss in one.
func crossEntropy(o *outputs) (*ts.Tensor, error) {
	features, err := o.Features()
	if err != nil {
		return nil, err
	}
	labels, err := o.Labels()
	if err != nil {
		return nil, err
	}
	return o.classifier.CrossEntropy(features, labels)
}

// reconstructionNames are the losses that network is tested with: those that are
// defined for it.
func reconstructionNames(network *models.AutoEncoder) []string {
	var names []string
	for _, name := range sortedKeys(objectives) {
		if objective := objectives[name]; objective.scores && (objective.defined == nil || objective.defined(network)) {
			names = append(names, name)
		}
	}
	return names
}

// reconstructionScores are the losses that every auto-encoder is tested with, of
// one batch, each times the batch's share of n images: total adds them. A loss
// that is not defined for the network is left out.
func reconstructionScores(o *outputs, n int) (metrics.Scores, error) {
	scores := metrics.Scores{}
	share := float64(o.index.MustSize()[0]) / float64(n)
	for _, name := range reconstructionNames(o.network) {
		value, err := valueOf(objectives[name], o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		scores[name] = value * share
	}
	return scores, nil
}

// total adds batches' shares in order: another order gives other last digits.
func total(parts []metrics.Scores) metrics.Scores {
	scores := metrics.Scores{}
	for _, part := range parts {
		for name, share := range part {
			scores[name] += share
		}
	}
	return scores
}

// valueOf is an objective's number for a batch.
func valueOf(objective objective, o *outputs) (float64, error) {
	value, err := objective.loss(o)
	if err != nil {
		return 0, err
	}
	defer torch.Drop(value)
	return torch.Scalar(value)
}
