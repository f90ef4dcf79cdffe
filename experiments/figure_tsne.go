package experiments

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/tsne"
	"aeprobe/plots"
)

// tsne draws every encoder's features by t-SNE. The one that the table's
// pre-trained classifier starts from is the report's. It draws nothing if the
// definition does not project by t-SNE.
func (d *drawing) tsne(ctx context.Context) error {
	if !slices.Contains(d.definition.Features.ProjectionNames(), "tsne") {
		return nil
	}
	published := d.reportEncoder()
	for _, encoder := range slices.Sorted(maps.Keys(d.results.Features)) {
		picture := d.results.Features[encoder].TSNE
		if picture == nil {
			return fmt.Errorf("the results have no t-SNE of encoder %s", encoder)
		}
		coordinates, labels, err := readProjection(d.projectionFile("tsne", encoder))
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
		figure, err := plots.TSNEScatter(fmt.Sprintf("t-SNE of %d images' features: %s", len(points), title),
			points, labels, d.data.Classes, tsneCaption(picture))
		if err != nil {
			return err
		}
		name := "tsne-" + encoder
		if encoder == published {
			name = "tsne"
		}
		if err := d.save(ctx, name, figure, trainings...); err != nil {
			return err
		}
	}
	return nil
}

// tsneCaption says how a picture was made, and how far it can be trusted.
func tsneCaption(t *report.TSNE) string {
	return fmt.Sprintf("Exact t-SNE of n = %d from a PCA start: perplexity %g, KL divergence %.3f after %d iterations. "+
		"Trustworthiness T(%d) = %.3f; %.1f %% of the %d nearest neighbours by features are among the %d nearest here. "+
		"The nearest neighbour is of the same class for %.1f %% of the images here, for %.1f %% by features.",
		t.Images, t.Perplexity, t.KL, t.Iterations, tsne.TrustNeighbours, t.Trustworthiness,
		100*t.Recall, tsne.RecallNeighbours, tsne.RecallNeighbours, 100*t.Accuracy, 100*t.FeatureAccuracy)
}

func tsnePerEncoder(s *setup) float64 {
	return float64(len(s.encoders())) * (figureBytes + scatteredBytes*float64(s.definition.Features.TSNE.Images))
}
