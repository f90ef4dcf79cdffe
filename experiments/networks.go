package experiments

import (
	"fmt"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// This file makes networks and gives them stored weights. The rule: every
// network is initialised from a fresh generator of the seed, in PyTorch's order,
// whatever weights it is given afterwards, so that the generator that shuffles
// is always at the same place.

// newAutoencoder is a freshly initialised auto-encoder and the generator that
// its weights were drawn from.
func (s *setup) newAutoencoder() (*models.AutoEncoder, *torch.Generator, error) {
	generator, err := torch.NewGenerator(s.seed)
	if err != nil {
		return nil, nil, err
	}
	network, err := models.NewAutoEncoder(s.definition.Model, s.data.Shape, generator, s.device)
	return network, generator, err
}

// newClassifier is newAutoencoder with a linear layer that reads what
// config.Classifier.Classify names.
func (s *setup) newClassifier(reads string) (*models.Classifier, *torch.Generator, error) {
	generator, err := torch.NewGenerator(s.seed)
	if err != nil {
		return nil, nil, err
	}
	network, err := models.NewClassifier(s.definition.Model, reads, s.data.Shape, len(s.data.Classes), generator, s.device)
	return network, generator, err
}

// pretrainingStage is the stage that trains the encoder of a name: an
// auto-encoder's, or an aggregation's.
func (s *setup) pretrainingStage(name string) string {
	if _, is := s.definition.Aggregations[name]; is {
		return s.aggregationStage(name)
	}
	return s.autoencoderStage(name)
}

// pretrained is the trained auto-encoder or aggregation of a name, or a freshly initialised
// one for config.Random.
func (s *setup) pretrained(name string) (*models.AutoEncoder, error) {
	network, _, err := s.newAutoencoder()
	if err != nil {
		return nil, err
	}
	if err := s.loadEncoder(network, name); err != nil {
		network.Drop()
		return nil, err
	}
	return network, nil
}

// startClassifier is a classifier as it is before training: its auto-encoder
// has the weights that spec names.
func (s *setup) startClassifier(spec config.Classifier) (*models.Classifier, *torch.Generator, error) {
	network, generator, err := s.newClassifier(spec.Classify)
	if err != nil {
		return nil, nil, err
	}
	if err := s.loadEncoder(network.AutoEncoder, spec.Encoder); err != nil {
		network.Drop()
		return nil, nil, err
	}
	if spec.Linear != "" {
		if err := s.loadFile(spec.Linear, models.State(network.Parts(config.Head)...)); err != nil {
			network.Drop()
			return nil, nil, err
		}
	}
	return network, generator, nil
}

// trainedClassifier is a classifier with the weights of its stage.
func (s *setup) trainedClassifier(name string) (*models.Classifier, error) {
	network, _, err := s.newClassifier(s.definition.Classifiers[name].Classify)
	if err != nil {
		return nil, err
	}
	if err := s.loadStage(network.State(), s.classifierStage(name)); err != nil {
		network.Drop()
		return nil, err
	}
	return network, nil
}

// loadEncoder gives network the trained weights of one of the definition's
// auto-encoders or aggregations, or those of a file; config.Random leaves it as it is.
func (s *setup) loadEncoder(network *models.AutoEncoder, name string) error {
	if name == config.Random {
		return nil
	}
	if _, is := s.definition.Files[name]; is {
		return s.loadFile(name, network.State(), models.State(network.Encoder))
	}
	return s.loadStage(network.State(), s.pretrainingStage(name))
}

// loadStage gives a network's state the final weights of a stage.
func (s *setup) loadStage(state []models.Parameter, stage string) error {
	return s.loadWeights(state, stage, train.CheckpointFile)
}

// loadWeights gives a network's state the weights in a stage's file.
func (s *setup) loadWeights(state []models.Parameter, stage, file string) error {
	path := s.dir.Join(stage, file)
	f, err := weights.Read(path)
	if err != nil {
		return err
	}
	if err := models.Load(state, f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
