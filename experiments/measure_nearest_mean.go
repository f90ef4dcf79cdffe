package experiments

import "context"

// measureNearestMean classifies test images by the nearest class mean of
// standardised features, as the probe nearest_mean does.
func measureNearestMean(ctx context.Context, f *features) (*found, error) {
	rows := func(each func(row []float32)) error {
		for i := range f.train.Rows() {
			each(f.train.Row(i))
		}
		return ctx.Err()
	}
	means, err := fitClassMeans(rows, f.data.Train.Labels, len(f.data.Classes))
	if err != nil {
		return nil, err
	}
	predicted := make([]byte, f.test.Rows())
	for i := range predicted {
		predicted[i] = nearest(means.distances(f.test.Row(i)))
	}
	return &found{
		protocol: "Nearest class mean: the class whose training images' mean of standardised features is nearest (Euclidean). Interval: over images (Wilson).",
		findings: []finding{compared(f.accuracyOf("nearest mean", predicted))},
	}, ctx.Err()
}
