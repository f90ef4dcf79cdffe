package experiments

import (
	"context"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	steps "aeprobe/internal/plan"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/models"
	"aeprobe/vision"
)

// linear is the report's probe: a linear layer on pooled features. It is trained
// alone, with the encoder frozen, or with the encoder, the decoder or both.
type linear struct {
	*setup
	network *models.Classifier
	// images are what it is trained on.
	images vision.Images
	task   *train.Task
	sum    sum
	spec   config.Classifier
	// turns takes steps on the losses one by one; nil for steps on their sum.
	turns *alternating
	// reconstructs tells that the decoder takes part in the loss, so that tests
	// measure the reconstructions too.
	reconstructs bool
	// train and test are the features of all images where they stay the same,
	// or nil.
	train, test *ts.Tensor
	drops       []func()
}

// newLinear initialises a classifier, its encoder and decoder with the weights
// that spec names.
func newLinear(ctx context.Context, s *setup, spec config.Classifier) (probe, error) {
	l, err := s.newLinearOn(ctx, spec, s.trainImages)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// newLinearOn is newLinear for some of the training images.
func (s *setup) newLinearOn(ctx context.Context, spec config.Classifier, images vision.Images) (*linear, error) {
	if !classifierTakenByPlan(spec) {
		s = s.byLibtorch()
	}
	sum, err := newSum(spec.Sum())
	if err != nil {
		return nil, err
	}
	network, generator, err := s.startClassifier(spec)
	if err != nil {
		return nil, err
	}
	l := &linear{setup: s, network: network, images: images, sum: sum, spec: spec, reconstructs: spec.Reconstructs(), drops: []func(){network.Drop}}
	parts := network.Parts(spec.TrainedParts()...)
	l.task = &train.Task{Settings: spec.Train, Generator: generator, Weights: network.State(),
		Trained: models.Parameters(parts...), Whole: models.NeedWholeBatch(parts...), Examples: images.Len(), Test: l.scores, Drop: func() {}}
	if err := l.prepare(ctx, spec); err != nil {
		l.Drop()
		return nil, err
	}
	return l, nil
}

// classifierTakenByPlan reports whether plans know how a classifier is trained.
func classifierTakenByPlan(spec config.Classifier) bool {
	return !spec.Alternate && spec.Classify != config.ReadsReconstruction && train.TakenByPlan(spec.Train)
}

// prepare makes what differs between the modes: features that stay the same are
// computed once, others with every batch.
func (l *linear) prepare(ctx context.Context, spec config.Classifier) error {
	var err error
	if spec.EncodesOnce() {
		if l.train, err = l.encodeOnce(ctx, l.images); err != nil {
			return err
		}
		if l.test, err = l.encodeOnce(ctx, l.testImages); err != nil {
			return err
		}
	} else if l.task.FLOPs, err = l.flops(spec); err != nil {
		return err
	}
	loss := l.sum.loss
	if spec.Alternate {
		if err := l.takeTurns(); err != nil {
			return err
		}
		loss = l.turns.loss
	}
	seen, drop, err := l.augment(l.task, l.images)
	if err != nil {
		return err
	}
	l.drops = append(l.drops, drop)
	trains := spec.TrainedParts()
	l.task.Loss = func(index *ts.Tensor) (*ts.Tensor, error) {
		o := l.classifierOutputs(l.network, seen, index, l.train)
		o.trains = trains
		defer o.drop()
		return loss(o)
	}
	l.task.Network = func() (*steps.Network, error) {
		p, err := l.planClassifier(l.network, l.images, l.train)
		if err != nil {
			return nil, err
		}
		return p.add(spec.Sum())
	}
	return nil
}

// takeTurns makes the task take a step for each loss in turn.
func (l *linear) takeTurns() error {
	var err error
	if l.turns, err = newAlternating(l.spec, l.sum); err != nil {
		return err
	}
	l.drops = append(l.drops, func() { torch.Drop(l.turns.turn) })
	l.task.Varies = true
	l.task.NewOptimizer = func(_ []models.Parameter, s config.Train, parts int) (train.Optimizer, error) {
		return l.turns.newOptimizer(l.network, s, parts)
	}
	return nil
}

// flops is roughly what an example takes, forward and backward.
func (l *linear) flops(spec config.Classifier) (float64, error) {
	encoder, decoder, err := l.definition.Model.TrainingFLOPs(l.data.Shape)
	if !spec.Changes(config.Encoder) {
		encoder /= 3 // forward only
	}
	if !l.reconstructs {
		decoder = 0
	}
	return encoder + decoder, err
}

// encodeOnce runs a frozen encoder over all images: [images, features].
func (l *linear) encodeOnce(ctx context.Context, images vision.Images) (*ts.Tensor, error) {
	features, err := l.encodeFeatures(ctx, l.network, images)
	if err == nil {
		l.drops = append(l.drops, func() { torch.Drop(features) })
	}
	return features, err
}

func (l *linear) Task() *train.Task { return l.task }

func (l *linear) Predict(ctx context.Context) ([]byte, metrics.Scores, error) {
	return l.classify(ctx, l.network, l.test, l.reconstructs)
}

func (l *linear) Margins(ctx context.Context, kept, given []byte) ([]float64, float64, error) {
	return l.margins(ctx, l.network, kept, given)
}

func (l *linear) scores(ctx context.Context) (metrics.Scores, error) {
	_, scores, err := l.Predict(ctx)
	if err == nil && l.comparesGradients(l.spec) {
		err = l.compareGradients(ctx, l.network, l.images, l.spec, scores)
	}
	return scores, err
}

func (l *linear) Drop() {
	for _, drop := range l.drops {
		drop()
	}
}
