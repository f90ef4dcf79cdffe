package experiments

import (
	"context"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/plots"
)

// lossCurves draws each classifier's training and test loss.
func (d *drawing) lossCurves(ctx context.Context) error {
	for _, c := range d.results.Classifiers {
		if c.Training == nil {
			continue // a probe without training has no curve
		}
		spec := d.definition.Classifiers[c.Name]
		losses := spec.Sum()
		if spec.Alternate { // a step has one of them: the mean over the steps is theirs
			losses = losses.Mean()
		}
		series, err := d.curves(d.classifierStage(c.Name), losses)
		if err != nil {
			return err
		}
		loss := "Cross-entropy loss"
		if spec.Losses != nil {
			loss = "Loss" // encoderOf says which
		}
		figure, err := plots.LossCurve(loss+": "+d.encoderOf(c), series)
		if err != nil {
			return err
		}
		if err := d.save(ctx, "loss-"+c.Name, figure, c.Training); err != nil {
			return err
		}
	}
	return nil
}

// autoencoderLosses draws training and test loss of all auto-encoders.
func (d *drawing) autoencoderLosses(ctx context.Context) error {
	var panels []plots.LossPanel
	var trainings []*metrics.Training
	for _, a := range d.results.Autoencoders {
		series, err := d.curves(d.autoencoderStage(a.Name), d.definition.Autoencoders[a.Name].Sum())
		if err != nil {
			return err
		}
		panels = append(panels, plots.LossPanel{Label: d.label(a.Name), Series: series})
		trainings = append(trainings, a.Training)
	}
	if len(panels) == 0 {
		return nil
	}
	figure, err := plots.AutoencoderLosses("Losses of the auto-encoders, each with the loss it was trained with", panels)
	if err != nil {
		return err
	}
	return d.save(ctx, "autoencoder-losses", figure, trainings...)
}

// curves are a stage's training loss by epoch and the same sum of its test
// scores.
func (d *drawing) curves(stage string, losses config.LossSum) ([]plots.Series, error) {
	epochs, err := metrics.Read(d.dir.Join(stage))
	if err != nil {
		return nil, err
	}
	train := plots.Series{Label: "training"}
	test := plots.Series{Label: "test", Dashed: true}
	for _, m := range epochs {
		train.X, train.Y = append(train.X, float64(m.Epoch)), append(train.Y, m.Loss)
		if value, measured := report.TestLoss(m.Test, losses); measured {
			test.X, test.Y = append(test.X, float64(m.Epoch)), append(test.Y, value)
		}
	}
	return []plots.Series{train, test}, nil
}
