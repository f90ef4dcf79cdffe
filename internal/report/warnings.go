package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/words"
)

// warnings are what the numbers must not be shown without.
func (r *Results) warnings() []string {
	var all []string
	if r.Data.Title != "CIFAR-10" {
		all = append(all, "made from "+r.Data.Title)
	}
	if slices.Equal(r.Classes, publishedClasses) && (r.Data.Train < publishedTrain || r.Data.Test < publishedTest) {
		all = append(all, fmt.Sprintf("made from %d training and %d test images, CIFAR-10 has %d and %d",
			r.Data.Train, r.Data.Test, publishedTrain, publishedTest))
	}
	for _, a := range r.Autoencoders {
		if a.TrainedOn != nil {
			all = append(all, fmt.Sprintf("auto-encoder %s was trained on %s of %s, and tested on %s", a.Name, words.Count(a.TrainedOn.Train, "image"), a.TrainedOn.Title, r.Data.Title))
		}
	}
	if r.Numerics.BCE == config.BCEExact {
		all = append(all, "BCE is computed exactly, from logits; PyTorch's is at most 100 per pixel")
	}
	trained := r.trained()
	fewest := publishedEpochs
	for _, t := range trained {
		if t.Training == nil {
			continue
		}
		fewest = min(fewest, t.Training.Epochs)
		if t.Training.Epochs != t.Source.DefinedEpochs {
			all = append(all, fmt.Sprintf("%s was trained for %s of the definition's %d",
				t.Source.Stage, words.Count(t.Training.Epochs, "epoch"), t.Source.DefinedEpochs))
		}
	}
	if fewest < publishedEpochs {
		all = append(all, fmt.Sprintf("trained for %s, the report's networks for %d", EpochRange(r.trainings()), publishedEpochs))
	}
	if devices := r.distinct(deviceOf); len(devices) > 1 {
		all = append(all, "numbers from different devices: "+strings.Join(devices, ", "))
	}
	for _, s := range r.sources() {
		if len(s.MadeWith.Mixed) > 0 {
			all = append(all, fmt.Sprintf("%s was computed on mixed machinery, so no single machine gives its bits: %s",
				s.Stage, strings.Join(s.MadeWith.Mixed, "; ")))
		}
	}
	for _, a := range r.reconstructing() {
		for _, name := range lossColumns {
			if _, has := a.Training.Test[name]; !has {
				all = append(all, fmt.Sprintf("test %s of %s is left out: it is undefined for decoded values outside 0 to 1",
					metrics.LabelOf(name), a.Source.Stage))
			}
		}
	}
	if data := r.distinct(r.dataOf); len(data) > 1 {
		all = append(all, "numbers from different data: "+strings.Join(data, ", "))
	}
	return all
}

// trained are all networks' trainings, with where they came from.
func (r *Results) trained() []Trained {
	var all []Trained
	for _, a := range r.Autoencoders {
		all = append(all, a.Trained)
	}
	for _, a := range r.Aggregations {
		all = append(all, a.Trained)
	}
	for _, c := range r.Classifiers {
		all = append(all, c.Trained)
	}
	for _, repeat := range r.Repeats {
		for _, a := range repeat.Autoencoders {
			all = append(all, a.Trained)
		}
		for _, a := range repeat.Aggregations {
			all = append(all, a.Trained)
		}
		for _, c := range repeat.Classifiers {
			all = append(all, c.Trained)
		}
	}
	return all
}

func (r *Results) trainings() []*metrics.Training {
	var all []*metrics.Training
	for _, t := range r.trained() {
		if t.Training != nil {
			all = append(all, t.Training)
		}
	}
	return all
}

// sources are those of all numbers.
func (r *Results) sources() []Source {
	var all []Source
	for _, t := range r.trained() {
		all = append(all, t.Source)
	}
	for _, encoder := range slices.Sorted(maps.Keys(r.Features)) {
		all = append(all, r.Features[encoder].Source)
	}
	for _, m := range r.Study {
		all = append(all, m.Source)
	}
	if r.Similarity != nil {
		all = append(all, r.Similarity.Source)
	}
	if r.Verdicts != nil {
		all = append(all, r.Verdicts.Source)
	}
	return all
}

// distinct are the values that property takes over all numbers' sources,
// sorted.
func (r *Results) distinct(property func(Source) string) []string {
	values := map[string]bool{}
	for _, s := range r.sources() {
		values[property(s)] = true
	}
	return slices.Sorted(maps.Keys(values))
}

func deviceOf(s Source) string {
	if len(s.MadeWith.Mixed) > 0 {
		return s.MadeWith.Device + ", mixed"
	}
	return s.MadeWith.Device
}

// dataOf names the data of a source: its title, and the start of its fingerprint
// if other numbers come from other data of that title.
func (r *Results) dataOf(s Source) string {
	for _, other := range r.sources() {
		if other.Data.Title == s.Data.Title && other.Data.Fingerprint != s.Data.Fingerprint {
			return fmt.Sprintf("%s %.8s", s.Data.Title, s.Data.Fingerprint)
		}
	}
	return s.Data.Title
}

// epochsOf says how long a network was really trained.
func epochsOf(t Trained) string {
	if t.Training == nil {
		return "none"
	}
	if t.Training.Epochs != t.Source.DefinedEpochs {
		return fmt.Sprintf("%d of %d", t.Training.Epochs, t.Source.DefinedEpochs)
	}
	return fmt.Sprint(t.Training.Epochs)
}

// withEncoder is a property of a classifier and, if it differs, of the
// training that its encoder comes from.
func (r *Results) withEncoder(c ClassifierResult, property func(Trained) string) string {
	own := property(c.Trained)
	if c.Encoder == config.Random {
		return own
	}
	if t := r.pretraining(c.Encoder); t != nil && property(*t) != own {
		return own + ", encoder " + property(*t)
	}
	return own
}

// EpochRange is "6 epochs" or "6 to 30 epochs".
func EpochRange(trainings []*metrics.Training) string {
	var epochs []int
	for _, t := range trainings {
		epochs = append(epochs, t.Epochs)
	}
	least, most := slices.Min(epochs), slices.Max(epochs)
	if least == most {
		return words.Count(most, "epoch")
	}
	return fmt.Sprintf("%d to %s", least, words.Count(most, "epoch"))
}
