package experiments

import (
	"context"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/plots"
)

// joint draws what every joint training reached in both tasks, and what each task
// reaches alone. Nothing is drawn where no classifier was trained for both.
func (d *drawing) joint(ctx context.Context) error {
	var trainings []*metrics.Training
	for _, c := range d.results.Classifiers {
		if c.Joint {
			trainings = append(trainings, c.Training)
		}
	}
	t := plots.Tradeoff{X: "test BCE above the pixels' own entropy", Y: "test accuracy, %"}
	images, labels := d.singleTasks()
	for _, n := range d.results.Networks() {
		bce, reconstructs := d.overSeeds(n, "bce", d.results.PixelEntropy)
		accuracy, classifies := d.overSeeds(n, "accuracy", 0)
		switch {
		case n.Joint && reconstructs && classifies && bce.Low > 0:
			t.Points = append(t.Points, plots.TradeoffPoint{Label: n.Name, X: bce, Y: accuracy})
		case n.Name == images && reconstructs && bce.Value > 0:
			t.Vertical = &plots.Reference{Label: n.Name + ": images alone", Value: bce.Value}
		case n.Name == labels && classifies:
			t.Horizontal = &plots.Reference{Label: n.Name + ": labels alone", Value: accuracy.Value}
		}
	}
	if len(t.Points) == 0 {
		return nil
	}
	figure, err := plots.TradeoffPlot("Reconstruction and classification at once", t)
	if err != nil {
		return err
	}
	how := "one seed"
	if len(d.results.Repeats) > 0 {
		how = "lines from the smallest to the largest of the seeds"
	}
	return d.saveStudy(ctx, "joint", figure, how, trainings...)
}

// singleTasks are an auto-encoder that is trained on the BCE of all images alone,
// and a classifier whose encoder is trained on the labels alone: the first by name,
// empty for none.
func (d *drawing) singleTasks() (images, labels string) {
	for _, name := range sortedKeys(d.definition.Autoencoders) {
		if a := d.definition.Autoencoders[name]; images == "" && a.Loss == "bce" && a.Noise == 0 && len(a.Without) == 0 && a.Data == nil {
			images = name
		}
	}
	for _, name := range sortedKeys(d.definition.Classifiers) {
		c := d.definition.Classifiers[name]
		if labels == "" && c.Encoder == config.Random && c.TrainsEncoderWithLabels() && !c.Reconstructs() {
			labels = name
		}
	}
	return images, labels
}

// overSeeds is the mean of a score above a floor, from its smallest to its largest
// value; false where it was not measured.
func (d *drawing) overSeeds(n report.Network, name string, floor float64) (e plots.Estimate, measured bool) {
	var values []float64
	var sum float64
	for _, scores := range n.Scores {
		value, has := scores[name]
		if !has || value != value {
			return e, false
		}
		values = append(values, value-floor)
		sum += value - floor
	}
	return plots.Estimate{Value: sum / float64(len(values)), Low: slices.Min(values), High: slices.Max(values)}, true
}
