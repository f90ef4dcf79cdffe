package experiments

import (
	"context"
	"path/filepath"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
	"aeprobe/vision"
)

// classifierInputs are what decides a trained classifier.
type classifierInputs struct {
	Kind    string         `yaml:"kind"`
	Seed    uint64         `yaml:"seed"`
	Data    string         `yaml:"data"`
	Encoder []config.Layer `yaml:"encoder"`
	Decoder []config.Layer `yaml:"decoder"`
	Pool    string         `yaml:"pool"`
	// Pretrained is the fingerprint of the auto-encoder whose weights the
	// encoder starts from, if it does not start from random ones.
	Pretrained Fingerprint       `yaml:"pretrained,omitempty"`
	Training   config.Classifier `yaml:"training"`
	TestEvery  int               `yaml:"test_every"`
	Precision  *config.Precision `yaml:"precision,omitempty"`
}

// classifierStage trains one of the definition's classifiers. pretrained is
// the stage of the auto-encoder it starts from, or nil.
func (r *run) classifierStage(name string, pretrained *stage) *stage {
	spec := r.definition.Classifiers[name]
	inputs := classifierInputs{Kind: "classifier", Seed: r.definition.Seed, Data: r.data.Fingerprint,
		Encoder: r.definition.Model.Encoder, Decoder: r.definition.Model.Decoder, Pool: r.definition.Model.Pool,
		Training: spec, TestEvery: r.definition.Evaluate.Every, Precision: r.precision()}
	s := &stage{name: classifierStageName(name), costly: true, epochs: spec.Epochs, takes: r.classifierDemand(spec),
		verify: func(v *verifier, ctx context.Context, s *stage, result *Result) error {
			return v.verifyClassifier(ctx, s, name, result)
		}}
	if pretrained != nil {
		s.needs = []*stage{pretrained}
		inputs.Pretrained = pretrained.fingerprint
	}
	s.inputs = inputs
	s.run = func(ctx context.Context, s *stage) (*Result, error) {
		t, predict, err := r.newClassifierTask(ctx, spec)
		if err != nil {
			return nil, err
		}
		defer t.drop()
		result, err := r.train(ctx, s, t)
		if err != nil {
			return nil, err
		}
		predicted, _, err := predict(ctx)
		if err != nil {
			return nil, err
		}
		return result, writePredictions(filepath.Join(r.dir, s.name, predictionsFile), r.data.Test.Labels, predicted)
	}
	return s
}

func classifierStageName(name string) string { return "classifiers/" + name }

// newClassifierTask initialises a classifier, its encoder with the weights that
// spec names. predict gives a class for every test image, and the scores.
func (r *run) newClassifierTask(ctx context.Context, spec config.Classifier) (_ *task, predict func(context.Context) ([]byte, Scores, error), err error) {
	loss, err := lookUp(classificationLosses, "classifier loss", spec.Loss)
	if err != nil {
		return nil, nil, err
	}
	generator, err := torch.NewGenerator(r.definition.Seed)
	if err != nil {
		return nil, nil, err
	}
	network, err := r.startClassifier(spec, generator)
	if err != nil {
		return nil, nil, err
	}
	t := &task{settings: spec.Train, generator: generator, weights: network.Parameters(),
		examples: r.trainImages.Len(), drop: network.Drop}
	defer func() {
		if err != nil {
			t.drop()
		}
	}()

	// The only difference between the modes: what is trained, and how often
	// images are encoded.
	t.trained = trainedParameters(network, spec)
	features := r.encodeOnce
	if !spec.Freeze {
		features = r.encodeEachTime
		if t.flops, _, err = r.definition.Model.TrainingFLOPs(r.data.Shape); err != nil {
			return nil, nil, err
		}
	}
	trainFeatures, dropTrain, err := features(ctx, network, r.trainImages)
	if err != nil {
		return nil, nil, err
	}
	t.drop = func() { dropTrain(); network.Drop() }
	testFeatures, dropTest, err := features(ctx, network, r.testImages)
	if err != nil {
		return nil, nil, err
	}
	t.drop = func() { dropTest(); dropTrain(); network.Drop() }

	t.loss = func(index *ts.Tensor) (*ts.Tensor, error) {
		return withFeatures(trainFeatures, r.trainImages, index, func(features, labels *ts.Tensor) (*ts.Tensor, error) {
			return loss(network, features, labels)
		})
	}
	predict = func(ctx context.Context) ([]byte, Scores, error) { return r.classify(ctx, network, testFeatures) }
	t.test = func(ctx context.Context) (Scores, error) {
		_, scores, err := predict(ctx)
		return scores, err
	}
	return t, predict, nil
}

// trainedParameters are those of network that training spec changes.
func trainedParameters(network *models.Classifier, spec config.Classifier) []models.Parameter {
	if spec.Freeze {
		return network.Head()
	}
	return append(network.Encoder.Parameters(), network.Head()...)
}

// startClassifier is a classifier as it is before training: initialised from
// g, its auto-encoder with the weights that spec names.
func (r *run) startClassifier(spec config.Classifier, g *torch.Generator) (*models.Classifier, error) {
	network, err := r.newClassifier(g)
	if err != nil || spec.Encoder == config.Random {
		return network, err
	}
	if err := r.loadAutoencoder(network.AutoEncoder, spec.Encoder); err != nil {
		network.Drop()
		return nil, err
	}
	return network, nil
}

// newClassifier is freshly initialised from g.
func (r *run) newClassifier(g *torch.Generator) (*models.Classifier, error) {
	return models.NewClassifier(r.definition.Model, r.data.Shape, len(r.data.Classes), g, r.device)
}

// featuresOf gives the features, [B, features], of the examples at index, int64
// [B]. The caller drops the result.
type featuresOf func(index *ts.Tensor) (*ts.Tensor, error)

// encodeEachTime runs the encoder whenever features are asked for, since its
// weights change.
func (r *run) encodeEachTime(_ context.Context, network *models.Classifier, images *vision.Resident) (featuresOf, func(), error) {
	return func(index *ts.Tensor) (*ts.Tensor, error) {
		batch, err := images.Images(index)
		if err != nil {
			return nil, err
		}
		defer torch.Drop(batch)
		return network.Features(batch)
	}, func() {}, nil
}

// encodeOnce runs a frozen encoder once over all images. The returned function
// frees the features.
func (r *run) encodeOnce(ctx context.Context, network *models.Classifier, images *vision.Resident) (featuresOf, func(), error) {
	width := r.definition.Model.Features(r.data.Shape)
	features, err := r.encode(ctx, images, images.Len(), width, network.Features)
	if err != nil {
		return nil, nil, err
	}
	return func(index *ts.Tensor) (*ts.Tensor, error) {
		return features.IndexSelect(0, index, false)
	}, func() { torch.Drop(features) }, nil
}

// withFeatures calls f with the features, [B, features], and labels, int64 [B],
// of the images at index.
func withFeatures[T any](of featuresOf, images *vision.Resident, index *ts.Tensor, f func(features, labels *ts.Tensor) (T, error)) (T, error) {
	var none T
	features, err := of(index)
	if err != nil {
		return none, err
	}
	defer torch.Drop(features)
	labels, err := images.Labels(index)
	if err != nil {
		return none, err
	}
	defer torch.Drop(labels)
	return f(features, labels)
}

// classify predicts a class for every test image.
func (r *run) classify(ctx context.Context, network *models.Classifier, features featuresOf) (predicted []byte, scores Scores, err error) {
	n := r.testImages.Len()
	predicted = make([]byte, n)
	crossEntropies := make([]float64, batchOf(n-1)+1)
	err = r.eachBatch(ctx, n, func(first int, index *ts.Tensor) error {
		size := int(index.MustSize()[0])
		mean, err := withFeatures(features, r.testImages, index, func(features, labels *ts.Tensor) (float64, error) {
			return evaluateClasses(network, features, labels, predicted[first:first+size])
		})
		crossEntropies[batchOf(first)] = mean * float64(size)
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
	for i, label := range r.data.Test.Labels {
		if predicted[i] == label {
			correct++
		}
	}
	return predicted, Scores{
		"cross_entropy": crossEntropy / float64(n),
		"accuracy":      100 * float64(correct) / float64(n),
	}, nil
}

// evaluateClasses stores the predictions for features and returns their mean
// cross-entropy.
func evaluateClasses(network *models.Classifier, features, labels *ts.Tensor, predicted []byte) (float64, error) {
	logits, err := network.Classify(features)
	if err != nil {
		return 0, err
	}
	defer torch.Drop(logits)
	best, err := logits.Argmax([]int64{1}, false, false)
	if err != nil {
		return 0, err
	}
	defer torch.Drop(best)
	classes, err := torch.ToSlice[int64](best)
	if err != nil {
		return 0, err
	}
	for i, class := range classes {
		predicted[i] = byte(class)
	}
	return evaluate(network.CrossEntropy, features, labels)
}
