package experiments

import (
	"context"

	"aeprobe/internal/labels"
	"aeprobe/internal/logistic"
)

// lossThresholds are the losses, in bits per label, at which loss-data curves
// are read.
var lossThresholds = []float64{3, 2.75, 2.5, 2}

// descriptionDetails are the online code, and what is read from its curve.
type descriptionDetails struct {
	labels.Description
	Curve   []labels.Point                    `json:"curve"`
	Surplus []labels.SurplusDescriptionLength `json:"surplus_description_length"`
	Samples []labels.SampleComplexity         `json:"sample_complexity"`
}

// measureDescription is how briefly the labels can be told to somebody who has
// the features.
func measureDescription(ctx context.Context, f *features) (*found, error) {
	classes, n := len(f.data.Classes), f.train.Rows()
	blocks, err := logistic.Online(ctx, f.train, f.data.Train.Labels, classes, f.study().Seed)
	if err != nil {
		return nil, err
	}
	d := descriptionDetails{Curve: labels.Curve(blocks)}
	if d.Description, err = labels.Describe(blocks, classes); err != nil {
		return nil, err
	}
	for _, epsilon := range lossThresholds {
		surplus, err := labels.SurplusLength(d.Curve, epsilon)
		if err != nil {
			return nil, err
		}
		samples, err := labels.SamplesTo(d.Curve, epsilon)
		if err != nil {
			return nil, err
		}
		d.Surplus, d.Samples = append(d.Surplus, surplus), append(d.Samples, samples)
	}
	return &found{
		protocol: "Description length of the training labels by the online code (Voita and Titov 2020) with the logistic probe: " +
			"compression is how many times shorter it is than 1 of K classes for each label; 1 where features tell nothing.",
		findings: []finding{of("training images", value("kbits", d.Bits/1000, n)), of("training images", value("compression", d.Compression, n)),
			of("training images", value("bits per label at half", d.Curve[len(d.Curve)-1].Loss, blocks[len(blocks)-1].Next))},
		details: d,
	}, nil
}
