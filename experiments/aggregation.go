package experiments

import (
	"context"
	"fmt"
	"math"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/aggregation"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/knn"
	"aeprobe/internal/matrix"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/models"
	"aeprobe/vision"
)

// This file trains encoders by local aggregation. The rule: what a checkpoint
// holds is a whole auto-encoder, so that its encoder serves wherever an
// auto-encoder's does; the head of the embedding, the memory bank and the clusters
// are the training's own.

// aggregationInputs are what decides an encoder trained by local aggregation.
type aggregationInputs struct {
	inputs `yaml:",inline"`
	Pool   string `yaml:"pool"`
	// Pretrained is the fingerprint of the auto-encoder that the encoder starts
	// from, if it does not start from random weights.
	Pretrained fingerprint.Sum    `yaml:"pretrained,omitempty"`
	Training   config.Aggregation `yaml:"training"`
	TestEvery  int                `yaml:"test_every"`
	// Start stands for the file that the weights come from, if they do.
	Start fingerprint.Sum `yaml:"start,omitempty"`
}

func (s *setup) aggregationStage(name string) string { return s.seedFolder() + "aggregations/" + name }

// aggregationStages train the definition's aggregations.
func aggregationStages(s *setup, p *plan) error {
	for _, name := range sortedKeys(s.definition.Aggregations) {
		spec := s.definition.Aggregations[name]
		spec.Train = spec.WithoutDefaults()
		inputs := aggregationInputs{inputs: s.inputs("aggregation"), Pool: s.definition.Model.Pool, Training: spec,
			TestEvery: s.definition.Evaluate.Every}
		stage := &stages.Stage{Name: s.aggregationStage(name), Keep: true, Share: true, Epochs: spec.Epochs, Demand: s.aggregationDemand(spec),
			Accept: s.resumable,
			Run: func(ctx context.Context, stage *stages.Stage) (*stages.Result, error) {
				// Verify encodes by libtorch, too: where features collapse, neighbours tie,
				// and another rounding would choose others.
				t, err := s.byLibtorch().newAggregationTask(spec)
				if err != nil {
					return nil, err
				}
				defer t.Drop()
				return s.trainStage(ctx, stage, t)
			},
			Verify: s.verifyAggregation(name),
		}
		if pretrained := p.stage(s.autoencoderStage(spec.Encoder)); pretrained != nil {
			stage.Needs = []*stages.Stage{pretrained}
			inputs.Pretrained = pretrained.Fingerprint()
		}
		var err error
		if inputs.Start, err = s.startingFile(spec.Encoder); err != nil {
			return err
		}
		stage.Inputs = inputs
		if err := p.add(stage, pretrainingRank(s.definition, name)); err != nil {
			return err
		}
	}
	return nil
}

// aggregating is a network that is trained by local aggregation.
type aggregating struct {
	*setup
	spec config.Aggregation
	// network's linear layer, if it has one, is the head of the embedding.
	network *models.Classifier
	*aggregation.Aggregator
	// seen are the images that steps train on; dropSeen frees what was made for
	// them, if it is not nil.
	seen     vision.Images
	dropSeen func()
	// instances tells that this epoch trains by instance recognition.
	instances bool
}

// aggregationSettings are what the losses and the bank need to know.
func (s *setup) aggregationSettings(spec config.Aggregation) aggregation.Settings {
	width := *spec.Embedding
	if width == 0 {
		width = s.definition.Model.Features(s.data.Shape)
	}
	return aggregation.Settings{Images: s.data.Train.Len(), Width: width, Temperature: spec.Temperature, Momentum: *spec.BankMomentum,
		Background: spec.Background, Clusterings: spec.Clusterings, Clusters: spec.Clusters, Iterations: spec.Iterations,
		Noise: spec.Noise, Seed: s.seed}
}

// newAggregationTask initialises a network, to be trained to tell images, and then
// neighbourhoods, apart.
func (s *setup) newAggregationTask(spec config.Aggregation) (*train.Task, error) {
	a, generator, err := s.newAggregating(spec)
	if err != nil {
		return nil, err
	}
	t, err := a.task(generator)
	if err != nil {
		a.drop()
	}
	return t, err
}

// task is the training, which shuffles by a generator.
func (a *aggregating) task(generator *torch.Generator) (*train.Task, error) {
	encoder, _, err := a.definition.Model.TrainingFLOPs(a.data.Shape)
	if err != nil {
		return nil, err
	}
	trained := a.network.Encoder.Parameters()
	state := a.State()
	for _, p := range a.network.Parts(config.Head) {
		head := p.As("head")
		trained, state = append(trained, head.Parameters()...), append(state, head.State()...)
	}
	t := &train.Task{
		Settings: a.spec.Train, Generator: generator, Examples: a.Images,
		FLOPs:   encoder + 4*float64(a.Images)*float64(a.Width), // similarities to all images
		Trained: trained, Weights: a.network.AutoEncoder.State(), State: state,
		Whole: a.network.Encoder.NeedsWholeBatch(),
		Loss:  a.loss, EnterEpoch: a.enter, StartEpoch: a.start, AfterStep: a.Remember, Test: a.test, Drop: a.drop,
	}
	a.seen, a.dropSeen, err = a.augment(t, a.trainImages)
	return t, err
}

// newAggregating makes the network as it is before the training, and the generator
// that its weights were drawn from.
func (s *setup) newAggregating(spec config.Aggregation) (*aggregating, *torch.Generator, error) {
	generator, err := torch.NewGenerator(s.seed)
	if err != nil {
		return nil, nil, err
	}
	network, err := models.NewClassifier(s.definition.Model, config.ReadsEncoder, s.data.Shape, *spec.Embedding, generator, s.device)
	if err != nil {
		return nil, nil, err
	}
	if err := s.loadEncoder(network.AutoEncoder, spec.Encoder); err != nil {
		network.Drop()
		return nil, nil, err
	}
	aggregator, err := aggregation.New(s.aggregationSettings(spec), s.data.Train.Labels, s.device)
	if err != nil {
		network.Drop()
		return nil, nil, err
	}
	return &aggregating{setup: s, spec: spec, network: network, Aggregator: aggregator, seen: s.trainImages}, generator, nil
}

func (a *aggregating) drop() {
	a.network.Drop()
	a.Aggregator.Drop()
	if a.dropSeen != nil {
		a.dropSeen()
	}
}

// enter chooses the epoch's loss.
func (a *aggregating) enter(epoch int) (changed bool, err error) {
	was := a.instances
	a.instances = epoch <= a.spec.InstanceEpochs
	return a.instances != was, nil
}

// start fills the bank before the first epoch, and clusters it before each of local
// aggregation. Instance recognition starts from a random bank, as in the paper's
// code: its Z is such a bank's.
func (a *aggregating) start(ctx context.Context, epoch int) error {
	if epoch == 1 {
		if err := a.fillBank(ctx); err != nil {
			return err
		}
	}
	if err := a.StartEpoch(epoch); err != nil {
		return err
	}
	if a.instances {
		return nil
	}
	if err := a.Cluster(ctx, epoch, a.threads); err != nil {
		return fmt.Errorf("cluster the memory bank: %w", err)
	}
	return nil
}

func (a *aggregating) fillBank(ctx context.Context) error {
	if a.spec.InstanceEpochs > 0 {
		return a.FillRandomly()
	}
	embeddings, err := a.encode(ctx, a.trainImages, a.Images, a.Width, func(images *ts.Tensor) (*ts.Tensor, error) {
		features, err := ofBatch(a.network, (*outputs).Features)(images)
		if err != nil {
			return nil, err
		}
		defer torch.Drop(features)
		return a.embed(features)
	})
	if err != nil {
		return err
	}
	defer torch.Drop(embeddings)
	return a.Fill(embeddings)
}

// embed makes embeddings, of length 1, of pooled features. The caller drops them.
func (a *aggregating) embed(features *ts.Tensor) (*ts.Tensor, error) {
	if *a.spec.Embedding == 0 {
		return a.Normalize(features)
	}
	wide, err := a.network.Classify(features)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(wide)
	return a.Normalize(wide)
}

func (a *aggregating) loss(index *ts.Tensor) (*ts.Tensor, error) {
	o := a.classifierOutputs(a.network, a.seen, index, nil)
	o.trains = []string{config.Encoder}
	defer o.drop()
	features, err := o.Features()
	if err != nil {
		return nil, err
	}
	embeddings, err := a.embed(features)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(embeddings)
	if a.instances {
		return a.InstanceLoss(embeddings, index)
	}
	return a.LocalLoss(embeddings, index)
}

// test is the accuracy of nearest neighbours by the encoder's features, and, after
// an epoch of local aggregation, what the close neighbours were in it.
func (a *aggregating) test(ctx context.Context) (metrics.Scores, error) {
	accuracy, err := a.neighboursAccuracy(ctx, a.network)
	if err != nil {
		return nil, err
	}
	scores := metrics.Scores{knnScore: accuracy}
	if a.instances {
		return scores, nil
	}
	found, err := a.Statistics()
	if err != nil {
		return nil, err
	}
	addStatistics(scores, found)
	return scores, nil
}

// knnScore is the score of nearest neighbours, in percent.
const knnScore = "knn_accuracy"

// addStatistics adds those that are defined: there may be no other images in close
// sets.
func addStatistics(scores metrics.Scores, found aggregation.Statistics) {
	for name, value := range map[string]float64{"close": found.Close, "close_in_background": found.CloseInBackground,
		"close_same_class": found.SameClass, "close_in_background_same_class": found.SameClassInBackground,
		"close_none": float64(found.Empty)} {
		if !math.IsNaN(value) {
			scores[name] = value
		}
	}
}

// neighboursTemperature is that of the weights of nearest neighbours in the tests of
// a training, as in Wu et al.
const neighboursTemperature = 0.07

// neighboursAccuracy is the share of test images, in percent, that their nearest
// training images classify, by pooled features of length 1 of whole images, in
// evaluation.
func (s *setup) neighboursAccuracy(ctx context.Context, network *models.Classifier) (float64, error) {
	train, err := s.pooledFeatures(ctx, network, s.trainImages)
	if err != nil {
		return 0, err
	}
	test, err := s.pooledFeatures(ctx, network, s.testImages)
	if err != nil {
		return 0, err
	}
	predictions, err := knn.Predict(ctx, train, s.data.Train.Labels, test, knn.Options{K: []int{comparedNeighbours},
		Temperature: neighboursTemperature, Normalize: knn.L2, Classes: len(s.data.Classes)})
	if err != nil {
		return 0, err
	}
	right := 0
	for i, label := range predictions[0].Labels {
		if label == s.data.Test.Labels[i] {
			right++
		}
	}
	return 100 * float64(right) / float64(len(s.data.Test.Labels)), nil
}

// pooledFeatures are a network's features of all images, in Go's memory.
func (s *setup) pooledFeatures(ctx context.Context, network *models.Classifier, images vision.Images) (matrix.Matrix, error) {
	features, err := s.encodeFeatures(ctx, network, images)
	if err != nil {
		return matrix.Matrix{}, err
	}
	defer torch.Drop(features)
	return toMatrix(features, s.definition.Model.Features(s.data.Shape))
}
