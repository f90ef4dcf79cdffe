package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/words"
)

// Scores of a joint training, besides its losses and its accuracy.
const (
	// ImagesAccuracy is the accuracy, in percent, of a classifier that reads the
	// reconstruction, were it given the encoder's maps of the images themselves.
	ImagesAccuracy = "accuracy_images"
	// The gradients by the encoder's parameters: the means of their norms and of
	// their cosine, and the share in percent of the batches where that is below 0.
	ReconstructionGradient = "reconstruction_gradient"
	ClassificationGradient = "classification_gradient"
	GradientCosine         = "gradient_cosine"
	GradientConflict       = "gradient_conflict"
)

// jointColumn is one number of each network.
type jointColumn struct {
	name, unit string
	// score, of which floor is subtracted.
	score string
	floor float64
}

func (c jointColumn) of(s metrics.Scores) (value float64, has bool) {
	value, has = s[c.score]
	return value - c.floor, has && !math.IsNaN(value)
}

// jointTable has what every network reached in reconstruction and classification,
// where some classifiers were trained for both. Columns that are empty are left
// out.
func (r *Results) jointTable() StudyTable {
	networks := r.Networks()
	used := slices.DeleteFunc([]jointColumn{
		{"accuracy, %", "%", "accuracy", 0},
		{"of the images, %", "%", ImagesAccuracy, 0},
		{"BCE above the floor", "", "bce", r.PixelEntropy},
		{"gradient of reconstruction", "", ReconstructionGradient, 0},
		{"of cross-entropy", "", ClassificationGradient, 0},
		{"cosine", "", GradientCosine, 0},
		{"in conflict, %", "%", GradientConflict, 0},
	}, func(c jointColumn) bool {
		return !slices.ContainsFunc(networks, func(n Network) bool { _, has := c.of(n.Scores[0]); return has })
	})
	t := newTable(3, len(used))
	header := table.Row{"network", "trained on", "classifier reads"}
	for _, c := range used {
		header = append(header, c.name)
	}
	t.AppendHeader(header)
	for _, n := range networks {
		row := table.Row{n.Name, n.Loss, n.Reads}
		for _, c := range used {
			row = append(row, c.cell(n.Scores))
		}
		t.AppendRow(row)
	}
	seeds := fmt.Sprintf("One seed (%s)", r.seeds())
	if len(r.Repeats) > 0 {
		seeds = fmt.Sprintf("Mean ± standard deviation over %s (%s)", words.Count(1+len(r.Repeats), "seed"), r.seeds())
	}
	return StudyTable{Title: "joint training", Table: t, Caption: fmt.Sprintf(
		"%s, %d test images, %s. %s.\nBCE above the floor: the pixels' own entropy, %.4f, is subtracted; that of a decoder which was not trained is left out.\n"+
			"Gradients: with respect to the encoder's parameters, each loss with its weight, after the last epoch, over the first batches of the training images: their norms, the cosine between them, and the batches where it is below 0.",
		r.Data.Title, r.Data.Test, r.epochs(), seeds, r.PixelEntropy)}
}

// cell is the column's number of a network over all seeds, empty where it was not
// measured.
func (c jointColumn) cell(scores []metrics.Scores) string {
	var values []float64
	for _, s := range scores {
		value, has := c.of(s)
		if !has {
			return ""
		}
		values = append(values, value)
	}
	if len(values) == 1 {
		return digits(values[0], c.unit)
	}
	return overSeeds(values, c.unit)
}

// Network is a trained network and its last tests, one for each seed.
type Network struct {
	Name string
	// Loss is what it was trained on, and Reads what its classifier reads, empty
	// where it has none.
	Loss, Reads string
	Scores      []metrics.Scores
	// Joint tells that it was trained to classify and to reconstruct.
	Joint bool
}

// Networks are the auto-encoders and the classifiers that were trained.
func (r *Results) Networks() []Network {
	var all []Network
	for i, a := range r.Autoencoders {
		n := Network{Name: a.Name, Loss: a.objective(), Scores: []metrics.Scores{a.Training.Test}}
		for _, repeat := range r.Repeats {
			n.Scores = append(n.Scores, repeat.Autoencoders[i].Training.Test)
		}
		all = append(all, n)
	}
	for i, c := range r.Classifiers {
		if c.Training == nil {
			continue
		}
		n := Network{Name: c.Name, Loss: c.loss(), Reads: cmp.Or(c.Classify, config.ReadsEncoder), Scores: []metrics.Scores{c.tested()}, Joint: c.Joint}
		if c.Alternate {
			n.Loss += ", in turn"
		}
		for _, repeat := range r.Repeats {
			n.Scores = append(n.Scores, repeat.Classifiers[i].tested())
		}
		all = append(all, n)
	}
	return all
}

// tested are the last test's scores, without those of a decoder that was never
// trained.
func (c ClassifierResult) tested() metrics.Scores {
	scores := maps.Clone(c.Training.Test)
	if c.DecoderUntrained {
		for _, loss := range lossColumns {
			delete(scores, loss)
		}
	}
	return scores
}

// objective is what the auto-encoder was trained on, and the noise on its input.
func (a AutoencoderResult) objective() string {
	if a.Noise == 0 {
		return a.Loss
	}
	return fmt.Sprintf("%s, noise %g", a.Loss, a.Noise)
}

// epochs says how long the networks were trained.
func (r *Results) epochs() string {
	var trainings []*metrics.Training
	for _, a := range r.Autoencoders {
		trainings = append(trainings, a.Training)
	}
	for _, c := range r.Classifiers {
		if c.Training != nil {
			trainings = append(trainings, c.Training)
		}
	}
	return EpochRange(trainings)
}
