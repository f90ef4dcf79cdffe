package experiments

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/plots"
)

// pca draws the stored features of every encoder by their first two principal
// components. The one that the table's pre-trained classifier starts from is
// the report's. It draws nothing if the definition does not project by PCA.
func (d *drawing) pca(ctx context.Context) error {
	if !slices.Contains(d.definition.Features.ProjectionNames(), "pca") {
		return nil
	}
	report := d.reportEncoder()
	for _, encoder := range slices.Sorted(maps.Keys(d.results.Features)) {
		feature := d.results.Features[encoder]
		coordinates, labels, err := readProjection(d.projectionFile("pca", encoder))
		if err != nil {
			return err
		}
		var points [][2]float64
		for _, c := range coordinates {
			points = append(points, [2]float64(c[:2]))
		}
		var trainings []*metrics.Training
		title := "random encoder"
		if a := d.results.Autoencoder(encoder); a != nil {
			trainings, title = append(trainings, a.Training), "encoder trained with "+d.label(encoder)
		}
		figure, err := plots.PCAScatter(fmt.Sprintf("PCA of %d images' features: %s", len(points), title),
			points, labels, d.data.Classes, [2]float64(feature.ExplainedVarianceRatio[:2]))
		if err != nil {
			return err
		}
		name := "pca-" + encoder
		if encoder == report {
			name = "pca"
		}
		if err := d.save(ctx, name, figure, trainings...); err != nil {
			return err
		}
	}
	return nil
}

// reportEncoder is the auto-encoder that the first pre-trained classifier
// starts from, or the first one there is, or the random encoder.
func (d *drawing) reportEncoder() string {
	for _, c := range d.results.Classifiers {
		if c.Encoder != config.Random {
			return c.Encoder
		}
	}
	if len(d.results.Autoencoders) > 0 {
		return d.results.Autoencoders[0].Name
	}
	return config.Random
}

// confusion draws what each classifier takes for what, over all test images
// of the widest protocol.
func (d *drawing) confusion(ctx context.Context) error {
	for _, c := range d.results.Classifiers {
		var widest report.Score
		for _, score := range c.Scores {
			if score.Images > widest.Images {
				widest = score
			}
		}
		figure, err := plots.Confusion(fmt.Sprintf("Confusion over %d test images: %s", widest.Images, d.encoderOf(c)),
			widest.Confusion, d.data.Classes)
		if err != nil {
			return err
		}
		if err := d.save(ctx, "confusion-"+c.Name, figure, c.Training); err != nil {
			return err
		}
	}
	return nil
}
