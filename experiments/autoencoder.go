package experiments

import (
	"context"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// autoencoderInputs are what decides a trained auto-encoder.
type autoencoderInputs struct {
	Kind      string             `yaml:"kind"`
	Seed      uint64             `yaml:"seed"`
	Data      string             `yaml:"data"`
	Encoder   []config.Layer     `yaml:"encoder"`
	Decoder   []config.Layer     `yaml:"decoder"`
	Training  config.Autoencoder `yaml:"training"`
	TestEvery int                `yaml:"test_every"`
	Precision *config.Precision  `yaml:"precision,omitempty"`
	Losses    config.Losses      `yaml:"losses,omitempty"`
}

// autoencoderStage trains one of the definition's auto-encoders.
func (r *run) autoencoderStage(name string) *stage {
	spec := r.definition.Autoencoders[name]
	return &stage{
		name:   autoencoderStageName(name),
		costly: true,
		epochs: spec.Epochs,
		inputs: autoencoderInputs{Kind: "autoencoder", Seed: r.definition.Seed, Data: r.data.Fingerprint,
			Encoder: r.definition.Model.Encoder, Decoder: r.definition.Model.Decoder,
			Training: spec, TestEvery: r.definition.Evaluate.Every, Precision: r.precision(),
			Losses: r.definition.Losses},
		takes: r.autoencoderDemand(spec),
		run: func(ctx context.Context, s *stage) (*Result, error) {
			t, err := r.newAutoencoderTask(spec)
			if err != nil {
				return nil, err
			}
			defer t.drop()
			return r.train(ctx, s, t)
		},
		verify: func(v *verifier, ctx context.Context, s *stage, result *Result) error {
			return v.verifyAutoencoder(ctx, s, name, result)
		},
	}
}

func autoencoderStageName(name string) string { return "autoencoders/" + name }

// newAutoencoderTask initialises an auto-encoder, to be trained to reproduce the
// training images.
func (r *run) newAutoencoderTask(spec config.Autoencoder) (*task, error) {
	loss, err := lookUp(lossesOf(r.definition), "auto-encoder loss", spec.Loss)
	if err != nil {
		return nil, err
	}
	encoder, decoder, err := r.definition.Model.TrainingFLOPs(r.data.Shape)
	if err != nil {
		return nil, err
	}
	generator, err := torch.NewGenerator(r.definition.Seed)
	if err != nil {
		return nil, err
	}
	network, err := models.NewAutoEncoder(r.definition.Model, r.data.Shape, generator, r.device)
	if err != nil {
		return nil, err
	}
	return &task{
		settings:  spec.Train,
		generator: generator,
		trained:   network.Parameters(),
		weights:   network.Parameters(),
		examples:  r.trainImages.Len(),
		flops:     encoder + decoder,
		loss: func(index *ts.Tensor) (*ts.Tensor, error) {
			images, err := r.trainImages.Images(index)
			if err != nil {
				return nil, err
			}
			defer torch.Drop(images)
			return loss.of(network, images)
		},
		test: func(ctx context.Context) (Scores, error) { return r.testAutoencoder(ctx, network) },
		drop: network.Drop,
	}, nil
}

// testAutoencoder measures every reconstruction loss over the test images.
func (r *run) testAutoencoder(ctx context.Context, network *models.AutoEncoder) (Scores, error) {
	n, losses := r.testImages.Len(), lossesOf(r.definition)
	// Added up in their order at the end: another one gives other last digits.
	parts := make([]Scores, batchOf(n-1)+1)
	err := r.eachBatch(ctx, n, func(first int, index *ts.Tensor) error {
		images, err := r.testImages.Images(index)
		if err != nil {
			return err
		}
		defer torch.Drop(images)
		means, err := reconstructionScores(network, losses, images)
		for name := range means {
			means[name] *= float64(index.MustSize()[0]) / float64(n)
		}
		parts[batchOf(first)] = means
		return err
	})
	scores := Scores{}
	for _, part := range parts {
		for name, share := range part {
			scores[name] += share
		}
	}
	return scores, err
}

// evaluate is the number that a loss gives for two tensors.
func evaluate(loss func(a, b *ts.Tensor) (*ts.Tensor, error), a, b *ts.Tensor) (float64, error) {
	value, err := loss(a, b)
	if err != nil {
		return 0, err
	}
	defer torch.Drop(value)
	return scalar(value)
}
