package experiments

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	steps "aeprobe/internal/plan"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/words"
	"aeprobe/models"
	"aeprobe/vision"
)

// autoencoderInputs are what decides a trained auto-encoder.
type autoencoderInputs struct {
	inputs    `yaml:",inline"`
	Training  config.Autoencoder `yaml:"training"`
	TestEvery int                `yaml:"test_every"`
	// Images is the fingerprint of those that it is trained on, if they are not the
	// definition's.
	Images string `yaml:"images,omitempty"`
	// Start stands for the file that the weights come from, if they do.
	Start fingerprint.Sum `yaml:"start,omitempty"`
}

func (s *setup) autoencoderStage(name string) string { return s.seedFolder() + "autoencoders/" + name }

// autoencoderStages train the definition's auto-encoders.
func autoencoderStages(s *setup, p *plan) error {
	for _, name := range sortedKeys(s.definition.Autoencoders) {
		spec := s.definition.Autoencoders[name]
		spec.Train = spec.WithoutDefaults()
		inputs := s.inputs("autoencoder")
		inputs.Numerics = s.definition.Numerics
		trainedOn, err := s.trainedOn(spec)
		if err != nil {
			return fmt.Errorf("%s: %w", s.autoencoderStage(name), err)
		}
		start, err := s.startingFile(spec.Encoder)
		if err != nil {
			return err
		}
		stage := &stages.Stage{
			Name: s.autoencoderStage(name), Keep: true, Share: true, Epochs: spec.Epochs, Demand: s.autoencoderDemand(name, spec),
			Inputs: autoencoderInputs{inputs: inputs, Training: withoutData(spec), TestEvery: s.definition.Evaluate.Every,
				Images: trainedOn.fingerprint(), Start: start},
			Accept: s.resumable, Wants: epochFiles(s.keptEpochs(name)),
			Run: func(ctx context.Context, stage *stages.Stage) (*stages.Result, error) {
				s := s.asBegun(stage)
				t, err := s.newAutoencoderTask(spec)
				if err != nil {
					return nil, err
				}
				defer t.Drop()
				result, err := s.trainAutoencoder(ctx, stage, t, name)
				if err != nil || trainedOn == nil {
					return result, err
				}
				return result, result.SetDetail(report.TrainedOnDetail, trainedOn.used())
			},
			Verify: s.verifyAutoencoder(name),
		}
		if err := p.add(stage, pretrainingRank(s.definition, name)); err != nil {
			return err
		}
	}
	return nil
}

// trainAutoencoder trains t in a stage's folder, and keeps the weights after the
// epochs that the definition's study measures.
func (s *setup) trainAutoencoder(ctx context.Context, stage *stages.Stage, t *train.Task, name string) (*stages.Result, error) {
	o := s.trainOptions(stage)
	o.Keep = s.keptEpochs(name)
	return s.trainBy(ctx, t, o)
}

// keptEpochs are the epochs of an auto-encoder's training that the study measures.
func (s *setup) keptEpochs(name string) []int {
	if study := s.definition.Study; study != nil && slices.Contains(study.Encoders, name) {
		return study.Epochs
	}
	return nil
}

func epochFiles(epochs []int) (files []string) {
	for _, epoch := range epochs {
		files = append(files, train.EpochFile(epoch))
	}
	return files
}

// takenByPlan reports whether plans know how an auto-encoder is trained.
func takenByPlan(spec config.Autoencoder) bool {
	return spec.Noise == 0 && train.TakenByPlan(spec.Train)
}

// newAutoencoderTask initialises an auto-encoder, to be trained to reproduce the
// training images.
func (s *setup) newAutoencoderTask(spec config.Autoencoder) (*train.Task, error) {
	if !takenByPlan(spec) {
		s = s.byLibtorch()
	}
	sum, err := newSum(spec.Sum())
	if err != nil {
		return nil, err
	}
	encoder, decoder, err := s.definition.Model.TrainingFLOPs(s.data.Shape)
	if err != nil {
		return nil, err
	}
	images, drop, err := s.imagesOf(spec)
	if err != nil {
		return nil, err
	}
	drops := []func(){drop}
	free := func() {
		for _, drop := range drops {
			drop()
		}
	}
	network, generator, err := s.newAutoencoder()
	if err != nil {
		free()
		return nil, err
	}
	drops = append(drops, network.Drop)
	if err := s.loadEncoder(network, cmp.Or(spec.Encoder, config.Random)); err != nil {
		free()
		return nil, err
	}
	trains := []string{config.Encoder, config.Decoder}
	var seen vision.Images
	var noisy func(images *ts.Tensor) (*ts.Tensor, error)
	t := &train.Task{
		Settings: spec.Train, Generator: generator, Examples: images.Len(), FLOPs: encoder + decoder,
		Trained: network.Parameters(), Weights: network.State(), Whole: network.NeedsWholeBatch(),
		Loss: func(index *ts.Tensor) (*ts.Tensor, error) {
			o := s.outputs(network, seen, index)
			o.trains, o.noise = trains, noisy
			defer o.drop()
			return sum.loss(o)
		},
		Network: func() (*steps.Network, error) {
			n, err := planImages(images, s.data.Shape, false)
			if err != nil {
				return nil, err
			}
			return (&planned{network: network, exactBCE: s.exactBCE(), plan: n}).add(spec.Sum())
		},
		Test: func(ctx context.Context) (metrics.Scores, error) { return s.testAutoencoder(ctx, network) },
		Drop: free,
	}
	seen, drop, err = s.augment(t, images)
	if err != nil {
		free()
		return nil, err
	}
	drops = append(drops, drop)
	if spec.Noise > 0 {
		n, err := newNoise(spec.Noise, s.seed, s.device)
		if err != nil {
			t.Drop()
			return nil, err
		}
		noisy = n.add
		n.join(t)
	}
	return t, nil
}

// otherImages are those that an auto-encoder is trained on, if they are not the
// definition's, and nil if they are.
type otherImages struct{ *vision.Dataset }

// trainedOn finds them among those that were opened.
func (s *setup) trainedOn(spec config.Autoencoder) (*otherImages, error) {
	if spec.Data == nil {
		return nil, nil
	}
	data := s.data.Pretraining[spec.Data.Key()]
	if data == nil {
		return nil, fmt.Errorf("the images of %s that it is trained on were not opened", spec.Data.Set)
	}
	if data.Shape != s.data.Shape {
		return nil, fmt.Errorf("it is trained on images of shape %v, and tested on %v\nset data.size, data.fit and data.channels of one of them", data.Shape, s.data.Shape)
	}
	return &otherImages{data}, nil
}

func (o *otherImages) fingerprint() string {
	if o == nil {
		return ""
	}
	return o.Fingerprint
}

// used says in a result which images they are.
func (o *otherImages) used() stages.DataUsed {
	return stages.DataUsed{Title: o.Title(), Fingerprint: o.Fingerprint, Train: o.Train.Len()}
}

// withoutData is spec as an input of a stage: what decides is the fingerprint of
// the images, not where they are.
func withoutData(spec config.Autoencoder) config.Autoencoder {
	spec.Data = nil
	return spec
}

// imagesOf are the training images of an auto-encoder: others than the
// definition's, or those of the classes that it does not go without. The returned
// function frees what was made for them.
func (s *setup) imagesOf(spec config.Autoencoder) (images vision.Images, drop func(), err error) {
	if other, err := s.trainedOn(spec); other != nil || err != nil {
		if err != nil {
			return nil, nil, err
		}
		resident, err := vision.NewResident(other.Train, other.Shape, s.device)
		if err != nil {
			return nil, nil, machine.Explain(err)
		}
		return resident, resident.Drop, nil
	}
	if len(spec.Without) == 0 {
		return s.trainImages, func() {}, nil
	}
	left := s.examplesOf(spec)
	if len(left) < spec.Batch {
		return nil, nil, fmt.Errorf("only %s are left without %s, fewer than a batch of %d\nleave out fewer classes, or set a smaller batch",
			words.Count(len(left), "training image"), strings.Join(spec.Without, ", "), spec.Batch)
	}
	subset, err := vision.NewSubset(s.trainImages, left, s.device)
	if err != nil {
		return nil, nil, err
	}
	return subset, subset.Drop, nil
}

// numberOf is how many images an auto-encoder is trained on.
func (s *setup) numberOf(spec config.Autoencoder) int {
	if other, err := s.trainedOn(spec); other != nil && err == nil {
		return other.Train.Len()
	}
	return len(s.examplesOf(spec))
}

// examplesOf are those of the definition's, by their index.
func (s *setup) examplesOf(spec config.Autoencoder) []int {
	labels := s.data.Train.Labels
	return vision.Without(len(labels), vision.OfClasses(labels, s.definition.Data.Labels(spec.Without)...))
}

// testAutoencoder measures every reconstruction loss over the test images.
func (s *setup) testAutoencoder(ctx context.Context, network *models.AutoEncoder) (metrics.Scores, error) {
	n := s.testImages.Len()
	e, err := s.autoencoderEvaluator(network)
	if err != nil {
		return nil, err
	}
	if e != nil {
		defer e.Close()
		sums, err := e.over(ctx, n, 0, nil)
		if err != nil {
			return nil, err
		}
		return e.means(reconstructionNames(network), sums, n), nil
	}
	parts := make([]metrics.Scores, torch.ForwardBatches(n))
	err = torch.EachBatch(ctx, s.device, s.threads, n, func(number int, index *ts.Tensor) (err error) {
		o := s.outputs(network, s.testImages, index)
		defer o.drop()
		parts[number], err = reconstructionScores(o, n)
		return err
	})
	return total(parts), err
}
