package experiments

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/models"
)

// keptPredictions are a file of predictions in a stage's folder, whose labels must
// be the data's.
func (s *setup) keptPredictions(stage *stages.Stage, file string) (*report.Predictions, error) {
	path := s.dir.Join(stage.Name, file)
	kept, err := report.ReadPredictions(path, len(s.data.Classes))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(kept.Labels, s.data.Test.Labels) {
		return nil, fmt.Errorf("%s: the labels are not those of the data's %d test images", path, s.data.Test.Len())
	}
	return kept, nil
}

// A comparison is of the predictions that a stage kept with those that something
// gives.
type comparison struct {
	by, gives   string // what gives them
	tie         string // what is equal in a tie
	kept, given []byte
	tolerance   float64
	// margins are as those of a probe.
	margins func() (margins []float64, largest float64, err error)
}

// comparePredictions makes a comparison. In a tie either class may be kept.
func (s *setup) comparePredictions(stage *stages.Stage, c comparison) (stages.Check, error) {
	what := fmt.Sprintf("%s: the classes that %s gives %d test images", report.PredictionsFile, c.by, len(c.given))
	if bytes.Equal(c.kept, c.given) {
		return stages.Compared(stage.Name, what, nil), nil
	}
	margins, largest, err := c.margins()
	if err != nil {
		return stages.Check{}, err
	}
	var differences stages.Tally
	tied := 0
	for i := range c.given {
		switch {
		case c.kept[i] == c.given[i]:
		case margins[i] <= c.tolerance*largest:
			tied++
		default:
			differences.Add("image %d is kept as %s, %s %s", i, s.data.Classes[c.kept[i]], c.gives, s.data.Classes[c.given[i]])
		}
	}
	if tied > 0 {
		what += fmt.Sprintf(", %d of them with %s equal to %g of the largest", tied, c.tie, c.tolerance)
	}
	return stages.Compared(stage.Name, what, differences.List()), nil
}

// verifyNetworkPredictions predicts again with a network that has a stage's weights.
// It returns the kept predictions, nil if they cannot be read, and the scores of
// the given ones.
func (s *setup) verifyNetworkPredictions(ctx context.Context, stage *stages.Stage, result *stages.Result, network *models.Classifier, reconstruct bool, check func(stages.Check)) (kept *report.Predictions, scores metrics.Scores, err error) {
	predicted, scores, err := s.classify(ctx, network, nil, reconstruct)
	if err != nil {
		return nil, nil, err
	}
	kept, err = s.keptPredictions(stage, report.PredictionsFile)
	if err != nil {
		check(stages.Compared(stage.Name, report.PredictionsFile+" can be read", []string{err.Error()}))
		return nil, nil, nil
	}
	c, err := s.comparePredictions(stage, comparison{by: train.CheckpointFile, gives: "the weights give", tie: "two logits",
		kept: kept.Predicted, given: predicted, tolerance: s.tolerance(result), margins: func() ([]float64, float64, error) {
			return s.margins(ctx, network, kept.Predicted, predicted)
		}})
	if err == nil {
		check(c)
	}
	return kept, scores, err
}

// margins are how far the logit of each image's kept class is below that of the
// given one; largest is the magnitude of the largest of all logits.
func (s *setup) margins(ctx context.Context, network *models.Classifier, kept, given []byte) (margin []float64, largest float64, err error) {
	classes := len(s.data.Classes)
	all, err := s.encode(ctx, s.testImages, len(given), classes, ofBatch(network, (*outputs).Logits))
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
	for _, repeat := range s.repeats() {
		if err := repeat.verifySeedScores(results.OfSeed(repeat.seed), what, check); err != nil {
			return err
		}
	}
	return nil
}

// verifySeedScores is verifyScores of one seed.
func (s *setup) verifySeedScores(classifiers []report.ClassifierResult, what string, check func(stages.Check)) error {
	for _, name := range classifierOrder(s.definition.Classifiers) {
		stage := &stages.Stage{Name: s.classifierStage(name)}
		kept, err := s.keptPredictions(stage, report.PredictionsFile)
		if err != nil {
			continue // already reported with the stage
		}
		i := slices.IndexFunc(classifiers, func(c report.ClassifierResult) bool { return c.Name == name })
		if i < 0 {
			check(stages.Compared(stage.Name, what, []string{"it is not in " + report.ResultsFile}))
			continue
		}
		scores, err := report.ByProtocol(s.definition.Evaluate.Protocols, *kept, len(s.data.Classes))
		if err != nil {
			return err
		}
		differences, err := stages.JSONDifferences(classifiers[i].Scores, scores)
		if err != nil {
			return err
		}
		check(stages.Compared(stage.Name, what, differences))
	}
	return nil
}
