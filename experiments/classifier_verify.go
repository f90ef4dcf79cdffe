package experiments

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// verifyClassifier tests a classifier's weights again.
func (s *setup) verifyClassifier(name string) func(context.Context, *stages.Stage, *stages.Result, func(stages.Check)) error {
	return func(ctx context.Context, stage *stages.Stage, result *stages.Result, check func(stages.Check)) error {
		spec := s.definition.Classifiers[name]
		if probeName(spec) != linearProbe {
			return s.verifyProbe(ctx, stage, spec, check)
		}
		if !s.verifyTraining(stage, result, spec.Train, check) {
			return nil
		}
		network, err := s.verifyWeights(stage, spec, check)
		if err != nil {
			check(stages.Compared(stage.Name, train.CheckpointFile+" can be loaded", []string{err.Error()}))
			return nil
		}
		defer network.Drop()
		predicted, scores, err := s.classify(ctx, network, nil)
		if err != nil {
			return err
		}
		kept, err := s.keptPredictions(stage)
		if err != nil {
			check(stages.Compared(stage.Name, report.PredictionsFile+" can be read", []string{err.Error()}))
			return nil
		}
		tolerance := s.tolerance(result)
		c, err := s.comparePredictions(ctx, stage, network, kept.Predicted, predicted, tolerance)
		if err != nil {
			return err
		}
		check(c)
		// Of the kept predictions: they have just been compared with the weights'.
		scores["accuracy"] = kept.Accuracy(len(s.data.Classes))
		check(stages.Compared(stage.Name, fmt.Sprintf("test cross-entropy of %s and accuracy, to %g of each", train.CheckpointFile, tolerance),
			scoreDifferences(result.Training.Test, scores, tolerance)))
		return nil
	}
}

// verifyProbe predicts again with a probe that needs no training.
func (s *setup) verifyProbe(ctx context.Context, stage *stages.Stage, spec config.Classifier, check func(stages.Check)) error {
	what := fmt.Sprintf("%s: the classes that the %s probe predicts", report.PredictionsFile, probeName(spec))
	kept, err := s.keptPredictions(stage)
	if err != nil {
		check(stages.Compared(stage.Name, what, []string{err.Error()}))
		return nil
	}
	probe, err := s.newProbe(ctx, spec)
	if err != nil {
		return err
	}
	defer probe.Drop()
	predicted, _, err := probe.Predict(ctx)
	if err != nil {
		return err
	}
	var differences stages.Tally
	for i := range predicted {
		if kept.Predicted[i] != predicted[i] {
			differences.Add("image %d is kept as %s, the probe predicts %s", i, s.data.Classes[kept.Predicted[i]], s.data.Classes[predicted[i]])
		}
	}
	check(stages.Compared(stage.Name, what, differences.List()))
	return nil
}

// verifyWeights is a classifier with its stage's weights. Those that were not
// trained are compared with what the training started from.
func (s *setup) verifyWeights(stage *stages.Stage, spec config.Classifier, check func(stages.Check)) (*models.Classifier, error) {
	network, _, err := s.startClassifier(spec)
	if err != nil {
		return nil, err
	}
	f, err := weights.Read(s.dir.Join(stage.Name, train.CheckpointFile))
	if err == nil {
		err = s.verifyUntrained(stage, network, spec, f, check)
	}
	if err == nil {
		err = models.Load(network.Parameters(), f)
	}
	if err != nil {
		network.Drop()
		return nil, err
	}
	return network, nil
}

// verifyUntrained compares the weights that training left alone, bit for bit,
// with those of network, which is as it was before.
func (s *setup) verifyUntrained(stage *stages.Stage, network *models.Classifier, spec config.Classifier, f *weights.File, check func(stages.Check)) error {
	start := fmt.Sprintf("seed %d", s.seed)
	if spec.Encoder != config.Random {
		start = autoencoderStage(spec.Encoder)
	}
	trained := map[string]bool{}
	for _, p := range trainedParameters(network, spec) {
		trained[p.Name] = true
	}
	var differences, untrained []string
	for _, p := range network.Parameters() {
		if trained[p.Name] {
			continue
		}
		untrained = append(untrained, p.Name)
		before, err := models.Array(p.Tensor)
		if err != nil {
			return err
		}
		if !bytes.Equal(before.Data, f.Tensors[p.Name].Data) {
			differences = append(differences, fmt.Sprintf("%s should not have changed, but did", p.Name))
		}
	}
	check(stages.Compared(stage.Name, fmt.Sprintf("%d untrained weights (%s) are those of %s, bit for bit",
		len(untrained), strings.Join(partsOf(untrained), ", "), start), differences))
	return nil
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

// keptPredictions are a classifier's predictions.csv, whose labels must be the
// data's.
func (s *setup) keptPredictions(stage *stages.Stage) (*report.Predictions, error) {
	path := s.dir.Join(stage.Name, report.PredictionsFile)
	kept, err := report.ReadPredictions(path, len(s.data.Classes))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(kept.Labels, s.data.Test.Labels) {
		return nil, fmt.Errorf("%s: the labels are not those of the data's %d test images", path, s.data.Test.Len())
	}
	return kept, nil
}

// comparePredictions compares the kept predictions with those that the network
// gives. Where two logits are as good as equal, either class may be kept.
func (s *setup) comparePredictions(ctx context.Context, stage *stages.Stage, network *models.Classifier, kept, given []byte, tolerance float64) (stages.Check, error) {
	what := fmt.Sprintf("%s: the classes that %s gives %d test images", report.PredictionsFile, train.CheckpointFile, len(given))
	if bytes.Equal(kept, given) {
		return stages.Compared(stage.Name, what, nil), nil
	}
	margin, largest, err := s.margins(ctx, network, kept, given)
	if err != nil {
		return stages.Check{}, err
	}
	var differences stages.Tally
	tied := 0
	for i := range given {
		switch {
		case kept[i] == given[i]:
		case margin[i] <= tolerance*largest:
			tied++
		default:
			differences.Add("image %d is kept as %s, the weights give %s", i, s.data.Classes[kept[i]], s.data.Classes[given[i]])
		}
	}
	if tied > 0 {
		what += fmt.Sprintf(", %d of them with two logits equal to %g of the largest", tied, tolerance)
	}
	return stages.Compared(stage.Name, what, differences.List()), nil
}

// margins are how far the logit of each image's kept class is below that of the
// given one; largest is the magnitude of the largest of all logits.
func (s *setup) margins(ctx context.Context, network *models.Classifier, kept, given []byte) (margin []float64, largest float64, err error) {
	classes := len(s.data.Classes)
	all, err := s.encode(ctx, s.testImages, len(given), classes, network.Logits)
	if err != nil {
		return nil, 0, err
	}
	defer torch.Drop(all)
	logits, err := torch.ToSlice[float32](all)
	if err != nil {
		return nil, 0, err
	}
	for _, l := range logits {
		largest = max(largest, math.Abs(float64(l)))
	}
	for i := range given {
		row := logits[i*classes : (i+1)*classes]
		margin = append(margin, float64(row[given[i]]-row[kept[i]]))
	}
	return margin, largest, nil
}

// verifyScores compares each classifier's part of the results with what the
// protocols make of its predictions.
func (s *setup) verifyScores(results *report.Results, check func(stages.Check)) error {
	what := fmt.Sprintf("%s: accuracy by class, AVG, of all images, and confusion, by %s, of the predictions",
		report.ResultsFile, strings.Join(s.definition.Evaluate.Protocols, " and "))
	for _, name := range classifierOrder(s.definition.Classifiers) {
		stage := &stages.Stage{Name: classifierStage(name)}
		kept, err := s.keptPredictions(stage)
		if err != nil {
			continue // already reported with the stage
		}
		i := slices.IndexFunc(results.Classifiers, func(c report.ClassifierResult) bool { return c.Name == name })
		if i < 0 {
			check(stages.Compared(stage.Name, what, []string{"it is not in " + report.ResultsFile}))
			continue
		}
		scores, err := report.ByProtocol(s.definition.Evaluate.Protocols, *kept, len(s.data.Classes))
		if err != nil {
			return err
		}
		differences, err := stages.JSONDifferences(results.Classifiers[i].Scores, scores)
		if err != nil {
			return err
		}
		check(stages.Compared(stage.Name, what, differences))
	}
	return nil
}
