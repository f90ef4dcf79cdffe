package experiments

import (
	"context"
	"fmt"

	"aeprobe/internal/report"
	"aeprobe/internal/tsne"
	"aeprobe/plots"
)

// tsne draws the features of every encoder by t-SNE.
func (d *drawing) tsne(ctx context.Context) error {
	return d.scatters(ctx, "tsne", func(encoder, of string, points [][2]float64, labels []int) (*plots.Figure, error) {
		picture := d.results.Features[encoder].TSNE
		if picture == nil {
			return nil, fmt.Errorf("the results have no t-SNE of encoder %s", encoder)
		}
		return plots.TSNEScatter("t-SNE of "+of, points, labels, d.data.Classes, tsneCaption(picture))
	})
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
