package experiments

import (
	"context"
	"fmt"
	"math"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/train"
	"aeprobe/internal/words"
)

// verifyTraining compares a training's length and its lines of metrics with the
// definition, and its images with their number. It returns false if the result
// has no training.
func (s *setup) verifyTraining(stage *stages.Stage, result *stages.Result, settings config.Train, examples int, check func(stages.Check)) bool {
	if result.Training == nil {
		check(stages.Compared(stage.Name, "the training record", []string{stages.ResultFile + " has no training record"}))
		return false
	}
	const what = metrics.File + ": a line for each of the definition's epochs, the last as in " + stages.ResultFile
	lines, err := metrics.Read(s.dir.Folder(stage))
	if err != nil {
		check(stages.Compared(stage.Name, what, []string{err.Error()}))
		return true
	}
	check(stages.Compared(stage.Name, what, slices.Concat(
		s.epochDifferences(lines, settings), lastDifferences(lines[len(lines)-1], result.Training),
		lengthDifferences(result.Training, settings, examples))))
	return true
}

// epochDifferences are what is wrong with the lines of the metrics.
func (s *setup) epochDifferences(lines []metrics.Epoch, settings config.Train) []string {
	var all []string
	if len(lines) != settings.Epochs {
		all = append(all, fmt.Sprintf("%s, the definition asks for %s", words.Count(len(lines), "line"), words.Count(settings.Epochs, "epoch")))
	}
	var seconds float64
	for i, m := range lines {
		switch {
		case m.Epoch != i+1:
			all = append(all, fmt.Sprintf("line %d is of epoch %d", i+1, m.Epoch))
		case m.Seconds < seconds:
			all = append(all, fmt.Sprintf("line %d: %g seconds, after %g in the line before", i+1, m.Seconds, seconds))
		case !(math.Abs(m.LearningRate-learningRate(settings, m.Epoch)) <= 1e-12*m.LearningRate):
			all = append(all, fmt.Sprintf("line %d: a learning rate of %g, the schedule makes it %g", i+1, m.LearningRate, learningRate(settings, m.Epoch)))
		case m.Test == nil && (m.Epoch == settings.Epochs || m.Epoch%s.testEvery == 0):
			all = append(all, fmt.Sprintf("line %d: no test after this epoch", i+1))
		}
		seconds = m.Seconds
	}
	return all
}

// learningRate is the one that a line of metrics has: 0 where no schedule changes
// it.
func learningRate(settings config.Train, epoch int) float64 {
	if settings.Schedule == nil {
		return 0
	}
	return train.LearningRate(settings, epoch)
}

// lastDifferences are how the result differs from the last line.
func lastDifferences(last metrics.Epoch, result *metrics.Training) []string {
	var all []string
	same := func(what string, line, claimed float64) {
		if line != claimed {
			all = append(all, fmt.Sprintf("%s is %g in the last line, %g in %s", what, line, claimed, stages.ResultFile))
		}
	}
	same("loss", last.Loss, result.Loss)
	same("seconds", last.Seconds, result.Seconds)
	for _, score := range sortedKeys(union(last.Test, result.Test)) {
		same("test "+score, scoreOf(last.Test, score), scoreOf(result.Test, score))
	}
	return all
}

// lengthDifferences are what the result says of the training's length, against
// the definition and the number of images.
func lengthDifferences(result *metrics.Training, settings config.Train, examples int) []string {
	var all []string
	steps := settings.Epochs * ((examples + settings.Batch - 1) / settings.Batch)
	if result.Epochs != settings.Epochs || result.Steps != steps {
		all = append(all, fmt.Sprintf("%s says %d epochs, %d steps; the definition makes it %d and %d",
			stages.ResultFile, result.Epochs, result.Steps, settings.Epochs, steps))
	}
	if result.Examples != 0 && result.Examples != examples {
		all = append(all, fmt.Sprintf("%s says %d training images; the definition makes it %d", stages.ResultFile, result.Examples, examples))
	}
	if rate := float64(result.Epochs*examples) / result.Seconds; rate != result.ImagesPerSecond {
		all = append(all, fmt.Sprintf("%s says %g images/s; epochs, images and seconds make it %g", stages.ResultFile, result.ImagesPerSecond, rate))
	}
	return all
}

// verifyAutoencoder tests an auto-encoder's weights again.
func (s *setup) verifyAutoencoder(name string) func(context.Context, *stages.Stage, *stages.Result, func(stages.Check)) error {
	return func(ctx context.Context, stage *stages.Stage, result *stages.Result, check func(stages.Check)) error {
		spec := s.definition.Autoencoders[name]
		if !s.verifyTraining(stage, result, spec.Train, s.numberOf(spec), check) {
			return nil
		}
		if other, err := s.trainedOn(spec); other != nil && err == nil {
			check(stages.Compared(stage.Name, "the images that it was trained on", trainedOnDifferences(result, other.used())))
		}
		tolerance := s.tolerance(result)
		what := fmt.Sprintf("test losses of %s, to %g of each", train.CheckpointFile, tolerance)
		network, err := s.pretrained(name)
		if err != nil {
			check(stages.Compared(stage.Name, what, []string{err.Error()}))
			return nil
		}
		defer network.Drop()
		scores, err := s.testAutoencoder(ctx, network)
		if err != nil {
			return err
		}
		check(stages.Compared(stage.Name, what, scoreDifferences(result.Training.Test, scores, tolerance)))
		return nil
	}
}

// trainedOnDifferences compare the images that a result names with those there are.
func trainedOnDifferences(result *stages.Result, is stages.DataUsed) []string {
	var was stages.DataUsed
	if err := result.Detail(report.TrainedOnDetail, &was); err != nil {
		return []string{err.Error()}
	}
	if was != is {
		return []string{fmt.Sprintf("they were %s, they are %s", was, is)}
	}
	return nil
}

// tolerance is how far numbers that were computed from the same weights may
// lie apart, relative to their size. Sums of float32 are rounded in another
// order by other processors, libraries and numbers of threads; TF32 multiplies
// with 11 bits.
func (s *setup) tolerance(result *stages.Result) float64 {
	const rounding, tf32 = 1e-5, 5e-3
	if result.MadeWith.TF32 || s.tf32() {
		return tf32
	}
	return rounding
}

// scoreDifferences are the scores that were kept and are not what the weights
// give, to a relative tolerance.
func scoreDifferences(kept, given metrics.Scores, tolerance float64) []string {
	var all []string
	for _, name := range sortedKeys(union(kept, given)) {
		was, is := scoreOf(kept, name), scoreOf(given, name)
		if !(math.Abs(was-is) <= tolerance*math.Abs(is)) {
			all = append(all, fmt.Sprintf("%s is kept as %g, the weights give %g", name, was, is))
		}
	}
	return all
}

func union(a, b metrics.Scores) map[string]bool {
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	return names
}

// scoreOf is NaN, which equals nothing, for a score that is not there.
func scoreOf(scores metrics.Scores, name string) float64 {
	if value, has := scores[name]; has {
		return value
	}
	return math.NaN()
}
