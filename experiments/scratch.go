package experiments

import (
	"context"
	"fmt"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/labels"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/train"
	"aeprobe/vision"
)

// This file trains the same network from scratch on the few labels that features
// get in few_labels: pre-training is worth something only where it does better.

// fromScratch is the measure's name, and that of its row among the features.
const fromScratch = "from_scratch"

// scratchInputs are what decides such a training.
type scratchInputs struct {
	inputs   `yaml:",inline"`
	Pool     string            `yaml:"pool"`
	Training config.Classifier `yaml:"training"`
	PerClass int               `yaml:"per_class"`
	// Images is the hash of the subset.
	Images string `yaml:"images_sha256"`
}

// fewestSteps of training, however few images there are: as many epochs as of
// 50,000 images would leave a network of ten images untrained.
const fewestSteps = 3000

// A scratchRun is one training: on one subset of one size.
type scratchRun struct {
	perClass, subset int
	index            []int
	spec             config.Classifier
}

func (r scratchRun) stage() string {
	return fmt.Sprintf("study/%s/%d-per-class-%d", fromScratch, r.perClass, r.subset)
}

// scratchRuns are all trainings from scratch. Of all images there is one subset.
func (s *setup) scratchRuns() ([]scratchRun, error) {
	study := s.definition.Study
	if !study.Has(fromScratch) {
		return nil, nil
	}
	spec := config.Classifier{Encoder: config.Random, Freeze: new(false), Loss: config.LossesOf(config.Head)[0], Train: s.definition.Train}
	var runs []scratchRun
	for subset := range study.FewLabels.Subsets {
		nested, err := labels.Nested(s.data.Train.Labels, len(s.data.Classes), study.FewLabels.PerClass, study.Seed+uint64(subset))
		if err != nil {
			return nil, err
		}
		for size, index := range nested {
			if subset > 0 && len(index) == s.data.Train.Len() {
				continue
			}
			r := scratchRun{study.FewLabels.PerClass[size], subset, slices.Sorted(slices.Values(index)), spec}
			r.spec.Batch = min(spec.Batch, len(index))
			steps := (len(index) + r.spec.Batch - 1) / r.spec.Batch
			r.spec.Train = r.spec.Lasting(max(spec.Epochs, (fewestSteps+steps-1)/steps))
			runs = append(runs, r)
		}
	}
	return runs, nil
}

// scratchStages train on every subset of few_labels.
func scratchStages(s *setup, p *plan) error {
	runs, err := s.scratchRuns()
	if err != nil {
		return err
	}
	for _, r := range runs {
		demand, err := s.classifierDemand(r.spec)
		if err != nil {
			return err
		}
		demand.FLOPs *= float64(len(r.index)) / float64(s.data.Train.Len())
		s := *s
		s.testEvery = r.spec.Epochs // an epoch takes less time than a test
		stage := &stages.Stage{Name: r.stage(), Keep: true, Share: true, Epochs: r.spec.Epochs, Demand: demand, Accept: s.resumable,
			Inputs: scratchInputs{inputs: s.inputs(fromScratch), Pool: s.definition.Model.Pool, Training: r.spec, PerClass: r.perClass, Images: labels.Hash([][]int{r.index})},
			Run: func(ctx context.Context, stage *stages.Stage) (*stages.Result, error) {
				return s.asBegun(stage).trainFromScratch(ctx, stage, r)
			},
			Verify: func(ctx context.Context, stage *stages.Stage, result *stages.Result, check func(stages.Check)) error {
				return s.verifyScratch(ctx, stage, result, r, check)
			}}
		if err := p.add(stage, rankStudy); err != nil {
			return err
		}
	}
	return nil
}

// trainFromScratch trains on a subset, and stores the predictions.
func (s *setup) trainFromScratch(ctx context.Context, stage *stages.Stage, r scratchRun) (*stages.Result, error) {
	images, err := vision.NewSubset(s.trainImages, r.index, s.device)
	if err != nil {
		return nil, err
	}
	defer images.Drop()
	l, err := s.newLinearOn(ctx, r.spec, images)
	if err != nil {
		return nil, err
	}
	defer l.Drop()
	return s.fitProbe(ctx, stage, l)
}

// verifyScratch tests the weights again.
func (s *setup) verifyScratch(ctx context.Context, stage *stages.Stage, result *stages.Result, r scratchRun, check func(stages.Check)) error {
	if !s.verifyTraining(stage, result, r.spec.Train, len(r.index), check) {
		return nil
	}
	network, _, err := s.newClassifier(r.spec.Classify)
	if err != nil {
		return err
	}
	defer network.Drop()
	if err := s.loadStage(network.State(), stage.Name); err != nil {
		check(stages.Compared(stage.Name, train.CheckpointFile+" can be loaded", []string{err.Error()}))
		return nil
	}
	_, _, err = s.verifyNetworkPredictions(ctx, stage, result, network, false, check)
	return err
}

// collectScratch adds what the trainings from scratch reached, as a row of
// few_labels, to a study's findings.
func (s *setup) collectScratch(study report.Study) (report.Study, error) {
	runs, err := s.scratchRuns()
	if err != nil || len(runs) == 0 {
		return study, err
	}
	accuracies := map[int][]float64{}
	row := report.Measured{Features: fromScratch, Encoder: fromScratch, Width: s.definition.Model.Features(s.data.Shape), Measure: "few_labels",
		Protocol: fmt.Sprintf("The same network, encoder and linear layer, trained end to end on those labels for %d epochs, but at least %d steps; seed %d.", s.definition.Train.Epochs, fewestSteps, s.seed)}
	if s.definition.Train.Schedule != nil {
		row.Protocol += " Where that takes more epochs, the learning rates are stretched over them."
	}
	for _, r := range runs {
		p, err := report.ReadPredictions(s.dir.Join(r.stage(), report.PredictionsFile), len(s.data.Classes))
		if err != nil {
			return nil, err
		}
		accuracies[r.perClass] = append(accuracies[r.perClass], p.Accuracy(len(s.data.Classes)))
		result, err := stages.ReadResult(s.dir.Join(r.stage()))
		if err != nil {
			return nil, err
		}
		row.Source = report.SourceOf(result)
	}
	for _, n := range s.definition.Study.FewLabels.PerClass {
		f, err := meanOf(perClassName(n), accuracies[n], s.data.Test.Len())
		if err != nil {
			return nil, err
		}
		row.Findings = append(row.Findings, f.Finding)
	}
	row.Notes = []string{row.Protocol}
	return append(study, row), nil
}
