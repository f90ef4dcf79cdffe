package experiments

import (
	"fmt"
	"maps"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// meanReduction is libtorch's number for a loss that is the mean over all its
// elements.
const meanReduction = 1

// A reconstructionLoss compares decoded images with the originals, both
// [N, C, H, W] from 0 to 1, and gives a scalar, the mean over all values.
type reconstructionLoss struct {
	ofImages func(decoded, original *ts.Tensor) (*ts.Tensor, error)
	// ofLogits is the loss from the values before the decoder's sigmoid,
	// where there is such a form: it is cheaper.
	ofLogits func(logits, original *ts.Tensor) (*ts.Tensor, error)
}

// reconstructionLosses is the table of losses that an auto-encoder can be
// trained with.
var reconstructionLosses = map[string]reconstructionLoss{
	"bce": {ofImages: binaryCrossEntropy, ofLogits: torch.BinaryCrossEntropyOfSigmoid},
	"l1":  {ofImages: l1},
	"mse": {ofImages: mse},
}

// lossesOf is the table in the forms that a definition chooses.
func lossesOf(d *config.Definition) map[string]reconstructionLoss {
	if d.Losses.BCE != config.BCEExact {
		return reconstructionLosses
	}
	exact := maps.Clone(reconstructionLosses)
	exact["bce"] = reconstructionLoss{ofImages: binaryCrossEntropy, ofLogits: torch.BinaryCrossEntropyWithLogits}
	return exact
}

func binaryCrossEntropy(decoded, original *ts.Tensor) (*ts.Tensor, error) {
	return decoded.BinaryCrossEntropy(original, ts.None, meanReduction, false)
}

func l1(decoded, original *ts.Tensor) (*ts.Tensor, error) {
	return decoded.L1Loss(original, meanReduction, false)
}

func mse(decoded, original *ts.Tensor) (*ts.Tensor, error) {
	return decoded.MseLoss(original, meanReduction, false)
}

// of is the loss of what the auto-encoder makes of images [N, C, H, W].
func (l reconstructionLoss) of(a *models.AutoEncoder, images *ts.Tensor) (*ts.Tensor, error) {
	forward, compare := a.Forward, l.ofImages
	if l.ofLogits != nil && a.EndsInSigmoid() {
		forward, compare = a.ForwardLogits, l.ofLogits
	}
	decoded, err := forward(images)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(decoded)
	return compare(decoded, images)
}

// reconstructionScores are the given losses of what the auto-encoder makes of
// images [N, C, H, W], by name. libtorch computes the cross-entropy of images
// element by element, so the form for logits pays here too.
func reconstructionScores(a *models.AutoEncoder, losses map[string]reconstructionLoss, images *ts.Tensor) (Scores, error) {
	var s scope
	defer s.drop()
	var logits, decoded *ts.Tensor
	if a.EndsInSigmoid() {
		logits = s.do(func() (*ts.Tensor, error) { return a.ForwardLogits(images) })
		decoded = s.do(func() (*ts.Tensor, error) { return logits.Sigmoid(false) })
	} else {
		decoded = s.do(func() (*ts.Tensor, error) { return a.Forward(images) })
	}
	scores := Scores{}
	for name, loss := range losses {
		value := s.do(func() (*ts.Tensor, error) {
			if logits != nil && loss.ofLogits != nil {
				return loss.ofLogits(logits, images)
			}
			return loss.ofImages(decoded, images)
		})
		if s.err != nil {
			return nil, fmt.Errorf("%s: %w", name, s.err)
		}
		mean, err := scalar(value)
		if err != nil {
			return nil, err
		}
		scores[name] = mean
	}
	return scores, nil
}

// classificationLosses is the table of losses that a classifier can be trained
// with: of what it makes of features [N, features], and labels, int64 [N], to a
// scalar.
var classificationLosses = map[string]func(network *models.Classifier, features, labels *ts.Tensor) (*ts.Tensor, error){
	"cross_entropy": (*models.Classifier).CrossEntropy,
}

// lookUp finds name in a table, which the definition's check should have made
// sure of.
func lookUp[T any](table map[string]T, what, name string) (T, error) {
	entry, known := table[name]
	if !known {
		return entry, fmt.Errorf("no %s named %q", what, name)
	}
	return entry, nil
}
