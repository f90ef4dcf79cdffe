package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"aeprobe/config"
)

// An originRow of table 1 says where the numbers of each column come from.
type originRow struct {
	name, published string
	cell            func(ClassifierResult) string
}

// originRows are the rows that every table has, below those that say how the
// classifiers differ in kind.
func (r *Results) originRows() []originRow {
	withEncoder := func(property func(Trained) string) func(ClassifierResult) string {
		return func(c ClassifierResult) string { return r.withEncoder(c, property) }
	}
	return append(r.kindRows(),
		originRow{"train images", fmt.Sprint(publishedTrain), withEncoder(examplesOf)},
		originRow{"epochs", fmt.Sprint(publishedEpochs), withEncoder(epochsOf)},
		originRow{"data", "CIFAR-10", withEncoder(r.trainingDataOf)},
		originRow{"device", "", withEncoder(func(t Trained) string { return deviceOf(t.Source) })},
	)
}

// kindRows say what the classifiers are, where one of them is not what the
// report has: a linear layer, trained on cross_entropy, with the encoder or
// without.
func (r *Results) kindRows() []originRow {
	var rows []originRow
	add := func(name, published string, differs func(ClassifierResult) bool, cell func(ClassifierResult) string) {
		if slices.ContainsFunc(r.Classifiers, differs) {
			rows = append(rows, originRow{name, published, cell})
		}
	}
	add("probe", config.Probes[0].Name, func(c ClassifierResult) bool { return c.Probe != "" },
		func(c ClassifierResult) string { return c.config().ProbeName() })
	add("trained", "", func(c ClassifierResult) bool { return len(c.Trains) > 0 },
		func(c ClassifierResult) string { return orNone(strings.Join(c.config().TrainedParts(), ", ")) })
	add("loss", "", func(c ClassifierResult) bool { return c.Loss != "" }, ClassifierResult.loss)
	add("reads", config.ReadsEncoder, func(c ClassifierResult) bool { return c.Classify != "" },
		func(c ClassifierResult) string { return cmp.Or(c.Classify, config.ReadsEncoder) })
	add("steps on", "", func(c ClassifierResult) bool { return c.Alternate }, func(c ClassifierResult) string {
		if c.Alternate {
			return "each loss in turn"
		}
		return "the sum"
	})
	return rows
}

// config is the classifier as a definition has it, as far as the results say.
func (c ClassifierResult) config() config.Classifier {
	return config.Classifier{Probe: c.Probe, Freeze: &c.Freeze, Trains: c.Trains}
}

// loss is what the classifier was trained on.
func (c ClassifierResult) loss() string {
	if c.Loss == "" && c.Training != nil {
		return config.LossesOf(config.Head)[0]
	}
	return orNone(c.Loss)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// trainingDataOf names the images that a network was trained on.
func (r *Results) trainingDataOf(t Trained) string {
	if t.TrainedOn != nil {
		return t.TrainedOn.Title
	}
	return r.dataOf(t.Source)
}

// examplesOf is how many images a network was trained on.
func examplesOf(t Trained) string {
	if t.Training != nil && t.Training.Examples > 0 {
		return fmt.Sprint(t.Training.Examples)
	}
	return fmt.Sprint(t.Source.Data.Train)
}
