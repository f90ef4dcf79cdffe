package experiments

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// verifyClassifier predicts again with what a classifier's stage kept.
func (s *setup) verifyClassifier(name string) func(context.Context, *stages.Stage, *stages.Result, func(stages.Check)) error {
	return func(ctx context.Context, stage *stages.Stage, result *stages.Result, check func(stages.Check)) error {
		spec := s.definition.Classifiers[name]
		if !spec.IsTrained() {
			return s.verifyUntrainedProbe(ctx, stage, result, spec, check)
		}
		if !s.verifyTraining(stage, result, spec.Train, s.data.Train.Len(), check) {
			return nil
		}
		network, err := s.verifyWeights(stage, result, spec, check)
		if err != nil {
			check(stages.Compared(stage.Name, train.CheckpointFile+" can be loaded", []string{err.Error()}))
			return nil
		}
		defer network.Drop()
		kept, scores, err := s.verifyNetworkPredictions(ctx, stage, result, network, spec.Reconstructs(), check)
		if kept == nil || err != nil {
			return err
		}
		tolerance := s.tolerance(result)
		// Of the kept predictions: they have just been compared with the weights'.
		scores["accuracy"] = kept.Accuracy(len(s.data.Classes))
		if ofImages, has := scores[report.ImagesAccuracy]; has {
			// Rounding may turn images whose logits tie, as it may in predictions.
			was := scoreOf(result.Training.Test, report.ImagesAccuracy)
			check(stages.Compared(stage.Name, "accuracy of the images themselves",
				accuracyDifferences(report.ImagesAccuracy, was, ofImages, s.testImages.Len())))
			scores[report.ImagesAccuracy] = was
		}
		what := "test cross-entropy"
		if spec.Reconstructs() {
			what = "test losses"
		}
		check(stages.Compared(stage.Name, fmt.Sprintf("%s of %s and accuracy, to %g of each", what, train.CheckpointFile, tolerance),
			scoreDifferences(withoutGradients(result.Training.Test), scores, tolerance)))
		if !s.comparesGradients(spec) {
			return nil
		}
		given := metrics.Scores{}
		if err := s.compareGradients(ctx, network, s.trainImages, spec, given); err != nil {
			return err
		}
		batches := s.comparedBatches(spec, s.trainImages.Len())
		check(stages.Compared(stage.Name, fmt.Sprintf("gradients by the encoder, over batches: %d", batches),
			gradientDifferences(result.Training.Test, given, batches, tolerance)))
		return nil
	}
}

// verifyUntrainedProbe fits a probe again that needs no training.
func (s *setup) verifyUntrainedProbe(ctx context.Context, stage *stages.Stage, result *stages.Result, spec config.Classifier, check func(stages.Check)) error {
	if result.Training != nil {
		check(stages.Compared(stage.Name, "nothing is trained", []string{stages.ResultFile + " has a training record"}))
	}
	kept, err := s.keptPredictions(stage, report.PredictionsFile)
	if err != nil {
		check(stages.Compared(stage.Name, report.PredictionsFile+" can be read", []string{err.Error()}))
		return nil
	}
	probe, err := s.newProbe(ctx, spec)
	if err != nil && ctx.Err() == nil {
		check(stages.Compared(stage.Name, "the "+spec.Probe+" probe can be fitted again", []string{err.Error()}))
		return nil
	}
	if err != nil {
		return err
	}
	defer probe.Drop()
	predicted, _, err := probe.Predict(ctx)
	if err != nil {
		return err
	}
	c, err := s.comparePredictions(stage, comparison{by: "the " + spec.Probe + " probe", gives: "the probe gives", tie: "two classes",
		kept: kept.Predicted, given: predicted, tolerance: s.tolerance(result), margins: func() ([]float64, float64, error) {
			return probe.Margins(ctx, kept.Predicted, predicted)
		}})
	if err == nil {
		check(c)
	}
	return err
}

// verifyWeights is a classifier with its stage's weights. Those that were not
// trained are compared with what the training started from.
func (s *setup) verifyWeights(stage *stages.Stage, result *stages.Result, spec config.Classifier, check func(stages.Check)) (*models.Classifier, error) {
	network, _, err := s.startClassifier(spec)
	if err != nil {
		return nil, err
	}
	f, err := weights.Read(s.dir.Join(stage.Name, train.CheckpointFile))
	if err == nil {
		err = s.verifyUntrained(stage, result, network.State(), models.State(network.Parts(spec.TrainedParts()...)...), spec.Encoder, f, check)
	}
	if err == nil {
		err = models.Load(network.State(), f)
	}
	if err != nil {
		network.Drop()
		return nil, err
	}
	return network, nil
}

// verifyUntrained compares the weights that training left alone with those of
// state, which is as it was before, from encoder: bit for bit, unless other vector
// instructions drew them, which round otherwise. changed are those of state that
// were trained.
func (s *setup) verifyUntrained(stage *stages.Stage, result *stages.Result, state, changed []models.Parameter, encoder string, f *weights.File, check func(stages.Check)) error {
	start, how, same := fmt.Sprintf("seed %d", s.seed), "bit for bit", bytes.Equal
	if encoder != config.Random {
		start = s.sourceOf(encoder)
	} else if result.MadeWith.CPU != s.madeWith().CPU {
		how, same = fmt.Sprintf("to rounding (%s drew them)", result.MadeWith.CPU), sameToRounding
	}
	trained := map[string]bool{}
	for _, p := range changed {
		trained[p.Name] = true
	}
	var differences, untrained []string
	for _, p := range state {
		if trained[p.Name] {
			continue
		}
		untrained = append(untrained, p.Name)
		before, err := models.Array(p.Tensor)
		if err != nil {
			return err
		}
		if !same(before.Data, f.Tensors[p.Name].Data) {
			differences = append(differences, fmt.Sprintf("%s should not have changed, but did", p.Name))
		}
	}
	if len(untrained) == 0 {
		return nil
	}
	check(stages.Compared(stage.Name, fmt.Sprintf("%d untrained weights (%s) are those of %s, %s",
		len(untrained), strings.Join(partsOf(untrained), ", "), start, how), differences))
	return nil
}

// sameToRounding reports whether float32 values differ by no more than the last
// digit of the largest, which all of a tensor's are drawn as a share of.
func sameToRounding(a, b []byte) bool {
	largest, furthest := 0.0, 0.0
	for i := 0; i+4 <= min(len(a), len(b)); i += 4 {
		x, y := float32At(a, i), float32At(b, i)
		largest, furthest = max(largest, math.Abs(x)), max(furthest, math.Abs(x-y))
	}
	return len(a) == len(b) && furthest <= largest*0x1p-22
}

func float32At(data []byte, i int) float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(data[i:])))
}

// partsOf are the networks' parts that weights' names begin with.
func partsOf(names []string) []string {
	var parts []string
	for _, name := range names {
		part, _, _ := strings.Cut(name, ".")
		parts = append(parts, part)
	}
	return slices.Compact(parts)
}
