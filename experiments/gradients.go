package experiments

import (
	"context"
	"fmt"
	"maps"
	"math"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/torch"
	"aeprobe/models"
	"aeprobe/vision"
)

// This file measures whether a joint training's losses pull the encoder the same
// way: the gradients, by the encoder's parameters, of its reconstruction losses
// and of its cross-entropy, each with its weight, over the first training batches.
// Nothing is trained on them, and batch norms use their running statistics.

// gradientScores are the names of what is measured.
var gradientScores = []string{report.ClassificationGradient, report.GradientConflict, report.GradientCosine, report.ReconstructionGradient}

// comparesGradients reports whether a classifier's losses have two gradients by
// the encoder to compare.
func (s *setup) comparesGradients(spec config.Classifier) bool {
	return s.definition.Evaluate.Gradients > 0 && spec.Changes(config.Encoder) && spec.Sum().Uses(config.Decoder) && spec.TrainsEncoderWithLabels()
}

// compareGradients adds the scores of a classifier, whose training images images
// are.
func (s *setup) compareGradients(ctx context.Context, network *models.Classifier, images vision.Images, spec config.Classifier, scores metrics.Scores) error {
	reconstruction, err := newSum(spec.Sum().Of(config.Decoder))
	if err != nil {
		return err
	}
	classification, err := newSum(spec.Sum().Of(config.Head))
	if err != nil {
		return err
	}
	var encoder []*ts.Tensor
	for _, p := range models.Parameters(network.Parts(config.Encoder)...) {
		if err := p.Tensor.RequiresGrad_(true); err != nil {
			return err
		}
		encoder = append(encoder, p.Tensor)
	}
	n := s.comparedBatches(spec, images.Len())
	for batch := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		var examples []int64
		for i := batch * spec.Batch; i < min((batch+1)*spec.Batch, images.Len()); i++ {
			examples = append(examples, int64(i))
		}
		outputs := func(index *ts.Tensor) *outputs { return s.classifierOutputs(network, images, index, nil) }
		if err := compareBatch(examples, s.device, outputs, reconstruction, classification, encoder, scores, 1/float64(n)); err != nil {
			return err
		}
	}
	return nil
}

// comparedBatches is over how many batches of so many images gradients are
// compared.
func (s *setup) comparedBatches(spec config.Classifier, images int) int {
	return min(s.definition.Evaluate.Gradients, (images+spec.Batch-1)/spec.Batch)
}

// compareBatch adds a batch's share of the scores.
func compareBatch(examples []int64, device torch.Device, outputs func(index *ts.Tensor) *outputs, reconstruction, classification sum, encoder []*ts.Tensor, scores metrics.Scores, share float64) error {
	var s torch.Scope
	defer s.Drop()
	drawn := s.Do(func() (*ts.Tensor, error) { return torch.FromSlice(examples, int64(len(examples))) })
	index := s.Do(func() (*ts.Tensor, error) { return drawn.To(device.Gotch(), false) })
	if s.Err != nil {
		return s.Err
	}
	o := outputs(index)
	defer o.drop()
	gradient := func(losses sum) *ts.Tensor {
		loss := s.Do(func() (*ts.Tensor, error) { return losses.loss(o) })
		return s.Do(func() (*ts.Tensor, error) { return torch.Gradient(loss, encoder) })
	}
	product := func(a, b *ts.Tensor) float64 {
		dot := s.Do(func() (*ts.Tensor, error) { return a.Dot(b, false) })
		if s.Err != nil {
			return 0
		}
		value, err := torch.Scalar(dot)
		s.Err = err
		return value
	}
	r, c := gradient(reconstruction), gradient(classification)
	rNorm, cNorm := math.Sqrt(product(r, r)), math.Sqrt(product(c, c))
	cosine := 0.0
	if rNorm*cNorm > 0 { // one of a dead encoder is 0, and points nowhere
		cosine = product(r, c) / (rNorm * cNorm)
	}
	if s.Err != nil {
		return s.Err
	}
	scores[report.ReconstructionGradient] += share * rNorm
	scores[report.ClassificationGradient] += share * cNorm
	scores[report.GradientCosine] += share * cosine
	conflict := 0.0
	if cosine < 0 {
		conflict = 100
	}
	scores[report.GradientConflict] += share * conflict
	return nil
}

// gradientDifferences are the scores that were kept and are not what the weights
// give. Rounding can turn a cosine near 0, so that a batch more or less conflicts.
func gradientDifferences(kept, given metrics.Scores, batches int, tolerance float64) []string {
	var all []string
	for _, name := range gradientScores {
		was, is := scoreOf(kept, name), scoreOf(given, name)
		allowed := max(1e-3, tolerance)
		switch name {
		case report.GradientConflict:
			allowed = 1.01 * 100 / float64(batches)
		case report.ReconstructionGradient, report.ClassificationGradient:
			allowed *= is
		}
		if !(math.Abs(was-is) <= allowed) {
			all = append(all, fmt.Sprintf("%s is kept as %g, the weights give %g", name, was, is))
		}
	}
	return all
}

// withoutGradients are the other scores.
func withoutGradients(scores metrics.Scores) metrics.Scores {
	others := maps.Clone(scores)
	for _, name := range gradientScores {
		delete(others, name)
	}
	return others
}
