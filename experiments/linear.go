package experiments

import (
	"context"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/models"
	"aeprobe/vision"
)

// linear is the report's probe: a linear layer on pooled features, trained alone
// (the encoder is frozen) or with the encoder.
type linear struct {
	*setup
	network *models.Classifier
	task    *train.Task
	test    featuresOf
	drops   []func()
}

// newLinear initialises a classifier, its encoder with the weights that spec
// names.
func newLinear(ctx context.Context, s *setup, spec config.Classifier) (probe, error) {
	objective, err := lookUp(objectives, "loss", spec.Loss)
	if err != nil {
		return nil, err
	}
	network, generator, err := s.startClassifier(spec)
	if err != nil {
		return nil, err
	}
	l := &linear{setup: s, network: network, drops: []func(){network.Drop}}
	l.task = &train.Task{Settings: spec.Train, Generator: generator, Weights: network.Parameters(),
		Trained: trainedParameters(network, spec), Examples: s.trainImages.Len(), Test: l.scores, Drop: func() {}}
	if err := l.prepare(ctx, spec, objective); err != nil {
		l.Drop()
		return nil, err
	}
	return l, nil
}

// prepare makes what differs between the modes: a frozen encoder runs once, and
// one that is trained with every batch.
func (l *linear) prepare(ctx context.Context, spec config.Classifier, objective objective) error {
	var trainFeatures featuresOf
	var err error
	if spec.Freeze {
		if trainFeatures, err = l.encodeOnce(ctx, l.trainImages); err != nil {
			return err
		}
		if l.test, err = l.encodeOnce(ctx, l.testImages); err != nil {
			return err
		}
	} else if l.task.FLOPs, _, err = l.definition.Model.TrainingFLOPs(l.data.Shape); err != nil {
		return err
	}
	l.task.Loss = func(index *ts.Tensor) (*ts.Tensor, error) {
		o := l.outputs(l.trainImages, index, trainFeatures)
		defer o.drop()
		return objective.loss(o)
	}
	return nil
}

// encodeOnce runs a frozen encoder over all images.
func (l *linear) encodeOnce(ctx context.Context, images *vision.Resident) (featuresOf, error) {
	of, drop, err := l.setup.encodeOnce(ctx, l.network, images)
	if err == nil {
		l.drops = append(l.drops, drop)
	}
	return of, err
}

func (l *linear) outputs(images *vision.Resident, index *ts.Tensor, cached featuresOf) *outputs {
	return &outputs{network: l.network.AutoEncoder, classifier: l.network, images: images, index: index, cached: cached}
}

func (l *linear) Task() *train.Task { return l.task }

func (l *linear) Predict(ctx context.Context) ([]byte, metrics.Scores, error) {
	return l.classify(ctx, l.network, l.test)
}

func (l *linear) scores(ctx context.Context) (metrics.Scores, error) {
	_, scores, err := l.Predict(ctx)
	return scores, err
}

func (l *linear) Drop() {
	for _, drop := range l.drops {
		drop()
	}
}

// trainedParameters are those of network that training spec changes.
func trainedParameters(network *models.Classifier, spec config.Classifier) []models.Parameter {
	if spec.Freeze {
		return network.Head()
	}
	return append(network.Encoder.Parameters(), network.Head()...)
}

// classify predicts a class for every test image; cached gives the features of a
// frozen encoder, or is nil.
func (s *setup) classify(ctx context.Context, network *models.Classifier, cached featuresOf) (predicted []byte, scores metrics.Scores, err error) {
	n := s.testImages.Len()
	predicted = make([]byte, n)
	// Summed in order at the end: another order gives other last digits.
	crossEntropies := make([]float64, torch.ForwardBatches(n))
	err = torch.EachBatch(ctx, s.device, s.threads, n, func(number int, index *ts.Tensor) error {
		o := &outputs{network: network.AutoEncoder, classifier: network, images: s.testImages, index: index, cached: cached}
		defer o.drop()
		classes, err := classesOf(o)
		if err != nil {
			return err
		}
		copy(predicted[number*torch.ForwardBatch:], classes)
		mean, err := valueOf(objectives["cross_entropy"], o)
		crossEntropies[number] = mean * float64(len(classes))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	var crossEntropy float64
	for _, sum := range crossEntropies {
		crossEntropy += sum
	}
	correct := 0
	for i, label := range s.data.Test.Labels {
		if predicted[i] == label {
			correct++
		}
	}
	return predicted, metrics.Scores{
		"cross_entropy": crossEntropy / float64(n),
		"accuracy":      100 * float64(correct) / float64(n),
	}, nil
}

// classesOf are the classes with the largest logits.
func classesOf(o *outputs) ([]byte, error) {
	logits, err := o.Logits()
	if err != nil {
		return nil, err
	}
	best, err := logits.Argmax([]int64{1}, false, false)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(best)
	wide, err := torch.ToSlice[int64](best)
	classes := make([]byte, len(wide))
	for i, class := range wide {
		classes[i] = byte(class)
	}
	return classes, err
}
