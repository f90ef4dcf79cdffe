package experiments

import (
	"context"
	"math"

	"aeprobe/internal/geometry"
)

// measureGeometry measures the shape of the test images' features.
func measureGeometry(ctx context.Context, f *features) (*found, error) {
	p, err := geometry.Measure(ctx, f.test, f.data.Test.Labels, len(f.data.Classes), f.study().Seed)
	if err != nil {
		return nil, err
	}
	optional := func(x *float64) float64 {
		if x == nil {
			return math.NaN()
		}
		return *x
	}
	n := f.test.Rows()
	return &found{
		protocol: "Geometry of the test images' features: RankMe (Garrido et al. 2023) and participation ratio are numbers of dimensions in use; alignment and uniformity (Wang and Isola 2020) are of unit vectors, " +
			"over pairs of at most 5,000 images; Fisher ratio: tr S_b / tr S_w of the scatter between and within classes; " +
			"hubness: skewness of how often each of those images is among the 10 nearest of others, by Euclidean distance (Radovanovic et al. 2010).",
		findings: []finding{value("RankMe", p.RankMe, n), value("participation ratio", p.ParticipationRatio, n), value("dead", float64(p.DeadUnits), n),
			value("zeros", p.Zeros, n), of("images in pairs", value("mean cosine", p.MeanCosine, p.PairImages)), of("images in pairs", value("alignment", optional(p.Alignment), p.PairImages)),
			of("images in pairs", value("uniformity", p.Uniformity, p.PairImages)), value("Fisher ratio", optional(p.FisherRatio), n),
			of("images in pairs", value("hubness", optional(p.Hubness), p.PairImages))},
		notes:   p.Alarms,
		details: p,
	}, nil
}
