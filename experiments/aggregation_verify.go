package experiments

import (
	"context"
	"fmt"
	"math"

	"aeprobe/internal/aggregation"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// verifyAggregation tests an encoder's weights again, and counts again what the
// last state has of close neighbours.
func (s *setup) verifyAggregation(name string) func(context.Context, *stages.Stage, *stages.Result, func(stages.Check)) error {
	return func(ctx context.Context, stage *stages.Stage, result *stages.Result, check func(stages.Check)) error {
		spec := s.definition.Aggregations[name]
		if !s.verifyTraining(stage, result, spec.Train, s.data.Train.Len(), check) {
			return nil
		}
		a, _, err := s.newAggregating(spec)
		if err != nil {
			check(stages.Compared(stage.Name, "the training can be begun again", []string{err.Error()}))
			return nil
		}
		defer a.drop()
		f, err := weights.Read(s.dir.Join(stage.Name, train.CheckpointFile))
		if err == nil {
			err = s.verifyUntrained(stage, result, a.network.AutoEncoder.State(), a.network.Encoder.State(), spec.Encoder, f, check)
		}
		if err == nil {
			err = models.Load(a.network.AutoEncoder.State(), f)
		}
		if err != nil {
			check(stages.Compared(stage.Name, train.CheckpointFile+" can be loaded", []string{err.Error()}))
			return nil
		}
		accuracy, err := s.neighboursAccuracy(ctx, a.network)
		if err != nil {
			return err
		}
		kept, images := scoreOf(result.Training.Test, knnScore), s.data.Test.Len()
		check(stages.Compared(stage.Name, fmt.Sprintf("accuracy of nearest neighbours by %s", train.CheckpointFile),
			accuracyDifferences(knnScore, kept, accuracy, images)))
		if spec.Epochs > spec.InstanceEpochs {
			s.verifyStatistics(stage, result, a.Aggregator, check)
		}
		return nil
	}
}

// accuracyDifferences are none where rounding explains that as many of n images, at
// least, are classified otherwise as accuracies in percent are apart.
func accuracyDifferences(name string, kept, given float64, n int) []string {
	differ := math.Abs(kept-given) / 100 * float64(n)
	if math.IsNaN(kept) || len(tooMany(int(math.Round(differ)), n, false)) > 0 {
		return []string{fmt.Sprintf("%s is kept as %g, the weights give %g", name, kept, given)}
	}
	return nil
}

// verifyStatistics compares the scores of close neighbours with the state that the
// last epoch left.
func (s *setup) verifyStatistics(stage *stages.Stage, result *stages.Result, a *aggregation.Aggregator, check func(stages.Check)) {
	const what = "close neighbours, as counted in " + train.StateFile
	f, err := weights.Read(s.dir.Join(stage.Name, train.StateFile))
	if err == nil {
		err = holds(f, a.State())
	}
	var found aggregation.Statistics
	if err == nil {
		err = models.Fill(a.State(), f)
	}
	if err == nil {
		found, err = a.Statistics()
	}
	if err != nil {
		check(stages.Compared(stage.Name, what, []string{err.Error()}))
		return
	}
	given, kept := metrics.Scores{}, metrics.Scores{}
	addStatistics(given, found)
	for name, value := range result.Training.Test {
		if name != knnScore {
			kept[name] = value
		}
	}
	check(stages.Compared(stage.Name, what, scoreDifferences(kept, given, s.tolerance(result))))
}

// holds fails unless a file has all parameters, of their types and shapes.
func holds(f *weights.File, parameters []models.Parameter) error {
	specs, err := models.Specs(parameters)
	if err != nil {
		return err
	}
	some := &weights.File{Tensors: map[string]weights.Array{}}
	for _, p := range parameters {
		if array, has := f.Tensors[p.Name]; has {
			some.Tensors[p.Name] = array
		}
	}
	return weights.Match(some, specs)
}
