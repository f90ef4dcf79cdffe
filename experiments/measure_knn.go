package experiments

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"aeprobe/internal/knn"
)

// comparedNeighbours is the number of neighbours whose predictions are compared,
// if a study has it: the one that DINO's authors find to work best usually.
const comparedNeighbours = 20

// measureKNN classifies by nearest neighbours, with and without the mean.
func measureKNN(ctx context.Context, f *features) (*found, error) {
	settings := f.study().KNN
	result := &found{protocol: fmt.Sprintf("k nearest of %d training images by cosine, weighted by exp(cosine / %g); L2: features of unit length; "+
		"CL2N: the training images' mean subtracted first. Interval: over images (Wilson).", f.train.Rows(), settings.Temperature)}
	headline := settings.K[0]
	if slices.Contains(settings.K, comparedNeighbours) {
		headline = comparedNeighbours
	}
	for _, normalize := range []string{knn.L2, knn.CL2N} {
		predictions, err := knn.Predict(ctx, f.train, f.data.Train.Labels, f.test, knn.Options{K: settings.K,
			Temperature: settings.Temperature, Normalize: normalize, Classes: len(f.data.Classes)})
		if err != nil {
			return nil, err
		}
		for _, p := range predictions {
			found := f.accuracyOf(fmt.Sprintf("k = %d, %s", p.K, strings.ToUpper(normalize)), p.Labels)
			found.Compared = normalize == knn.CL2N && p.K == headline
			result.findings = append(result.findings, found)
			if note := fmt.Sprintf("k = %d: only %d training images", p.K, p.Neighbours); p.Neighbours < p.K && !slices.Contains(result.notes, note) {
				result.notes = append(result.notes, note)
			}
		}
	}
	return result, nil
}
