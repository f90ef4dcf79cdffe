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

// pca draws the features of every encoder by their first two principal components.
func (d *drawing) pca(ctx context.Context) error {
	return d.scatters(ctx, "pca", func(encoder, of string, points [][2]float64, labels []int) (*plots.Figure, error) {
		ratios := d.results.Features[encoder].ExplainedVarianceRatio
		return plots.PCAScatter("PCA of "+of, points, labels, d.data.Classes, [2]float64(ratios[:2]))
	})
}

// scatters draws a projection of every encoder's stored features. The one that the
// table's pre-trained classifier starts from is the report's. It draws nothing if
// the definition does not have the projection. of says what is drawn.
func (d *drawing) scatters(ctx context.Context, projection string, draw func(encoder, of string, points [][2]float64, labels []int) (*plots.Figure, error)) error {
	if !slices.Contains(d.definition.Features.ProjectionNames(), projection) {
		return nil
	}
	published := d.reportEncoder()
	for _, encoder := range slices.Sorted(maps.Keys(d.results.Features)) {
		coordinates, labels, err := report.ReadProjection(d.projectionFile(projection, encoder))
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
		figure, err := draw(encoder, fmt.Sprintf("%d images' features: %s", len(points), title), points, labels)
		if err != nil {
			return err
		}
		name := projection + "-" + encoder
		if encoder == published {
			name = projection
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
