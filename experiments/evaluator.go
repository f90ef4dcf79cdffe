package experiments

import (
	"context"
	"errors"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/metrics"
	steps "aeprobe/internal/plan"
	"aeprobe/internal/torch"
	"aeprobe/internal/torch/memory"
	"aeprobe/internal/train"
	"aeprobe/models"
	"aeprobe/vision"
)

// This file runs networks forward by plan. The rule: whoever makes a result may do
// so by plan; verify computes it again by libtorch.

// evaluatedAtOnce is how many examples an evaluator takes before it looks whether
// to stop. Sums are made in these portions, so another number gives other bits.
const evaluatedAtOnce = 2048

// evaluator runs a network forward over examples.
type evaluator struct {
	*steps.Evaluator
	network *steps.Network
}

// newEvaluator makes an evaluator of n, or returns nil where networks are not run
// by plan.
func (s *setup) newEvaluator(n *steps.Network, err error) (*evaluator, error) {
	if unsupported := new(steps.Unsupported); errors.As(err, &unsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	threads := max(1, min(s.threads, n.Examples.Count/steps.Group))
	e, err := steps.NewEvaluator(*n, threads, train.NarrowPlans())
	if unsupported := new(steps.Unsupported); errors.As(err, &unsupported) {
		return nil, nil
	}
	return &evaluator{e, n}, err
}

// evaluates reports whether networks are run forward by plan.
func (s *setup) evaluates() bool { return s.device.IsCPU() && !s.autograd && train.Plannable() }

// over runs the network over its first n examples. It returns the losses' sums,
// and stores map m of each example, [C, H, W], in out, if that is not nil.
func (e *evaluator) over(ctx context.Context, n, m int, out []float32) ([]float64, error) {
	// All its threads flush denormals, as the caller's does: sums must not depend on
	// which of them has a part.
	team, err := torch.NewTeam(e.Threads())
	if err != nil {
		return nil, err
	}
	defer team.Close()
	sums := make([]float64, len(e.network.Losses))
	size := 0
	if out != nil {
		size = len(out) / n
	}
	for first := 0; first < n; first += evaluatedAtOnce {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		end := min(first+evaluatedAtOnce, n)
		var part []float32
		if out != nil {
			part = out[first*size : end*size]
		}
		if err := e.Begin(first, end, m, part); err != nil {
			return nil, err
		}
		err := team.Do(e.Threads(), func(thread int) error {
			e.Work(thread)
			return nil
		})
		if err != nil {
			return nil, err
		}
		for i, sum := range e.Sums() {
			sums[i] += sum
		}
	}
	return sums, nil
}

// means are the losses' sums over n examples, by their objectives' names, as
// means.
func (e *evaluator) means(names []string, sums []float64, n int) metrics.Scores {
	scores := metrics.Scores{}
	for i, name := range names {
		count := n
		if l := e.network.Losses[i]; l.Kind != steps.CrossEntropy {
			shape := e.network.Shape(l.Map)
			count *= shape[0] * shape[1] * shape[2]
		}
		scores[name] = sums[i] / float64(count)
	}
	return scores
}

// autoencoderEvaluator measures the reconstruction losses over the test images.
func (s *setup) autoencoderEvaluator(network *models.AutoEncoder) (*evaluator, error) {
	if !s.evaluates() {
		return nil, nil
	}
	n, err := planImages(s.testImages, s.data.Shape, false)
	if err != nil {
		return nil, err
	}
	p := &planned{network: network, exactBCE: s.exactBCE(), plan: n}
	return s.newEvaluator(p.addEach(reconstructionNames(network), nil))
}

// classifierEvaluator measures the cross-entropy, and the given losses, over the
// test images, or over their features where cached is not nil. logits is the
// number of the classes' map.
func (s *setup) classifierEvaluator(network *models.Classifier, cached *ts.Tensor, names []string) (e *evaluator, logits int, err error) {
	if !s.evaluates() {
		return nil, 0, nil
	}
	p, err := s.planClassifier(network, s.testImages, cached)
	if err != nil {
		return nil, 0, err
	}
	e, err = s.newEvaluator(p.addEach(names, nil))
	return e, p.logits, err
}

// encodeByPlan stores map m of p's network, of the first n images, in a tensor
// [n, values]. It returns nil where networks are not run by plan.
func (s *setup) encodeByPlan(ctx context.Context, images vision.Images, n int, add func(*planned) (int, error), p *planned) (*ts.Tensor, error) {
	if !s.evaluates() {
		return nil, nil
	}
	var err error
	if p.plan, err = planImages(images, s.data.Shape, false); err != nil {
		return nil, err
	}
	m, err := add(p)
	e, err := s.newEvaluator(p.plan, err)
	if e == nil || err != nil {
		return nil, err
	}
	defer e.Close()
	shape := p.plan.Shape(m)
	all, err := ts.Zeros([]int64{int64(n), int64(shape[0] * shape[1] * shape[2])}, gotch.Float, gotch.CPU)
	if err != nil {
		return nil, err
	}
	out, _, err := memory.Of[float32](all)
	if err == nil {
		_, err = e.over(ctx, n, m, out)
	}
	if err != nil {
		torch.Drop(all)
		return nil, err
	}
	return all, nil
}
