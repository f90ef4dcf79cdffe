package experiments

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"aeprobe/config"
)

// verifyMetrics compares what a training stage's result claims with its
// metrics.jsonl and the definition.
func (v *verifier) verifyMetrics(s *stage, result *Result, settings config.Train) {
	const what = metricsFile + ": a line for each of the definition's epochs, the last as in " + resultFile
	metrics, err := ReadMetrics(filepath.Join(v.dir, s.name))
	if err != nil {
		v.compared(s.name, what, []string{err.Error()})
		return
	}
	v.compared(s.name, what, slices.Concat(
		v.epochDifferences(metrics, settings), lastDifferences(metrics[len(metrics)-1], result.Training),
		v.claimDifferences(result.Training, settings)))
}

// epochDifferences are what is wrong with the lines of the metrics.
func (v *verifier) epochDifferences(metrics []EpochMetrics, settings config.Train) []string {
	var all []string
	if len(metrics) != settings.Epochs {
		all = append(all, fmt.Sprintf("%s, the definition asks for %s", plural(len(metrics), "line"), plural(settings.Epochs, "epoch")))
	}
	var seconds float64
	for i, m := range metrics {
		switch {
		case m.Epoch != i+1:
			all = append(all, fmt.Sprintf("line %d is of epoch %d", i+1, m.Epoch))
		case m.Seconds < seconds:
			all = append(all, fmt.Sprintf("line %d: %g seconds, after %g in the line before", i+1, m.Seconds, seconds))
		case m.Test == nil && (m.Epoch == settings.Epochs || m.Epoch%v.definition.Evaluate.Every == 0):
			all = append(all, fmt.Sprintf("line %d: no test after this epoch", i+1))
		}
		seconds = m.Seconds
	}
	return all
}

// lastDifferences are how the result differs from the last line.
func lastDifferences(last EpochMetrics, result *TrainingResult) []string {
	var all []string
	same := func(what string, line, claimed float64) {
		if line != claimed {
			all = append(all, fmt.Sprintf("%s is %g in the last line, %g in %s", what, line, claimed, resultFile))
		}
	}
	same("loss", last.Loss, result.Loss)
	same("seconds", last.Seconds, result.Seconds)
	for _, score := range sortedKeys(union(last.Test, result.Test)) {
		same("test "+score, valueOf(last.Test, score), valueOf(result.Test, score))
	}
	return all
}

// claimDifferences are what the result says of the training's length, against
// the definition and the data.
func (v *verifier) claimDifferences(result *TrainingResult, settings config.Train) []string {
	var all []string
	examples := v.data.Train.Len()
	steps := settings.Epochs * ((examples + settings.Batch - 1) / settings.Batch)
	if result.Epochs != settings.Epochs || result.Steps != steps {
		all = append(all, fmt.Sprintf("%s says %d epochs, %d steps; the definition makes it %d and %d",
			resultFile, result.Epochs, result.Steps, settings.Epochs, steps))
	}
	if rate := float64(result.Epochs*examples) / result.Seconds; rate != result.ImagesPerSecond {
		all = append(all, fmt.Sprintf("%s says %g images/s; epochs, images and seconds make it %g", resultFile, result.ImagesPerSecond, rate))
	}
	return all
}

// verifyAutoencoder tests an auto-encoder's weights again.
func (v *verifier) verifyAutoencoder(ctx context.Context, s *stage, name string, result *Result) error {
	if !v.hasTraining(s, result) {
		return nil
	}
	v.verifyMetrics(s, result, v.definition.Autoencoders[name].Train)
	tolerance := v.tolerance(result)
	what := fmt.Sprintf("test losses of %s, to %g of each", checkpointFile, tolerance)
	network, err := v.pretrained(name)
	if err != nil {
		v.compared(s.name, what, []string{err.Error()})
		return nil
	}
	defer network.Drop()
	scores, err := v.testAutoencoder(ctx, network)
	if err != nil {
		return err
	}
	v.compared(s.name, what, scoreDifferences(result.Training.Test, scores, tolerance))
	return nil
}

// hasTraining tells of a training stage's result that says nothing of one.
func (v *verifier) hasTraining(s *stage, result *Result) bool {
	if result.Training == nil {
		v.compared(s.name, "what the training came to", []string{resultFile + " says nothing of a training"})
	}
	return result.Training != nil
}

// tolerance is how far numbers that were computed from the same weights may
// lie apart, relative to their size. Sums of float32 are rounded in another
// order by other processors, libraries and numbers of threads; TF32 multiplies
// with 11 bits.
func (v *verifier) tolerance(result *Result) float64 {
	const rounding, tf32 = 1e-5, 5e-3
	if result.MadeWith.TF32 || v.tf32() {
		return tf32
	}
	return rounding
}

// scoreDifferences are the scores that were kept and are not what the weights
// give, to a relative tolerance.
func scoreDifferences(kept, given Scores, tolerance float64) []string {
	var all []string
	for _, name := range sortedKeys(union(kept, given)) {
		was, is := valueOf(kept, name), valueOf(given, name)
		if !(math.Abs(was-is) <= tolerance*math.Abs(is)) {
			all = append(all, fmt.Sprintf("%s is kept as %g, the weights give %g", name, was, is))
		}
	}
	return all
}

func union(a, b Scores) map[string]bool {
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	return names
}

// valueOf is NaN, which equals nothing, for a score that is not there.
func valueOf(scores Scores, name string) float64 {
	if value, has := scores[name]; has {
		return value
	}
	return math.NaN()
}
