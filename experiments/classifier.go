package experiments

import (
	"context"
	"errors"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
)

// classifierInputs are what decides a classifier.
type classifierInputs struct {
	inputs `yaml:",inline"`
	Pool   string `yaml:"pool"`
	// Pretrained is the fingerprint of the training whose weights the encoder
	// starts from, if it does not start from random ones.
	Pretrained fingerprint.Sum   `yaml:"pretrained,omitempty"`
	Training   config.Classifier `yaml:"training"`
	TestEvery  int               `yaml:"test_every"`
	// Start stands for the files that the weights come from, if some do.
	Start fingerprint.Sum `yaml:"start,omitempty"`
	// Gradients is set where gradients are compared.
	Gradients int `yaml:"gradients,omitempty"`
}

func (s *setup) classifierStage(name string) string { return s.seedFolder() + "classifiers/" + name }

// classifierStages fit the definition's classifiers, those with the most
// supervision, which take longest, first.
func classifierStages(s *setup, p *plan) error {
	names := classifierOrder(s.definition.Classifiers)
	for i := range names {
		name := names[len(names)-1-i]
		spec := s.definition.Classifiers[name]
		spec.Train = spec.WithoutDefaults()
		inputs := classifierInputs{inputs: s.inputs("classifier"), Pool: s.definition.Model.Pool,
			Training: spec, TestEvery: s.definition.Evaluate.Every}
		if s.comparesGradients(spec) {
			inputs.Gradients = s.definition.Evaluate.Gradients
		}
		if spec.Reconstructs() {
			inputs.Numerics = s.definition.Numerics
		}
		demand, err := s.classifierDemand(spec)
		if err != nil {
			return err
		}
		stage := &stages.Stage{Name: s.classifierStage(name), Keep: true, Share: true, Epochs: spec.Epochs, Demand: demand,
			Accept: s.resumable,
			Run: func(ctx context.Context, stage *stages.Stage) (*stages.Result, error) {
				return s.asBegun(stage).fitClassifier(ctx, stage, spec)
			},
			Verify: s.verifyClassifier(name),
		}
		if pretrained := p.stage(s.pretrainingStage(spec.Encoder)); pretrained != nil {
			stage.Needs = []*stages.Stage{pretrained}
			inputs.Pretrained = pretrained.Fingerprint()
		}
		if inputs.Start, err = s.startingFile(spec.Encoder, spec.Linear); err != nil {
			return err
		}
		stage.Inputs = inputs
		if err := p.add(stage, rankClassifier); err != nil {
			return err
		}
	}
	return nil
}

// fitClassifier fits a classifier's probe.
func (s *setup) fitClassifier(ctx context.Context, stage *stages.Stage, spec config.Classifier) (*stages.Result, error) {
	probe, err := s.newProbe(ctx, spec)
	if err != nil {
		return nil, err
	}
	defer probe.Drop()
	return s.fitProbe(ctx, stage, probe)
}

// fitProbe trains a probe, if there is anything to train, and stores its
// predictions.
func (s *setup) fitProbe(ctx context.Context, stage *stages.Stage, probe probe) (result *stages.Result, err error) {
	result = new(stages.Result)
	if task := probe.Task(); task != nil {
		if result, err = s.trainStage(ctx, stage, task); err != nil {
			return nil, err
		}
	}
	predicted, _, err := probe.Predict(ctx)
	if err != nil {
		return nil, err
	}
	path := s.dir.Join(stage.Name, report.PredictionsFile)
	return result, errors.Join(ctx.Err(), report.WritePredictions(path, s.data.Test.Labels, predicted))
}
