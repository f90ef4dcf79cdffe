package experiments

import (
	"context"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/report"
)

// projections is the table of ways to project features to a few coordinates. A
// new one is a file and a line here, and one in config.
var projections = map[string]projector{
	"pca": {project: projectPCA, axes: "principal components",
		memory: func(spec config.Features, width int) float64 { return pcaMemory(spec.Images, width, spec.Components) },
		ratios: func(f *report.FeatureResult) *[]float64 { return &f.ExplainedVarianceRatio }},
	"tsne": {project: projectTSNE, axes: "t-SNE coordinates", memory: tsneMemory, verify: verifyTSNE},
}

type projector struct {
	// project makes coordinates.
	project func(context.Context, *projectionSource) (*projection, error)
	// axes is what the coordinates are called.
	axes string
	// memory is the bytes that project takes, of features of that width.
	memory func(spec config.Features, width int) float64
	// ratios is where a result keeps the axes' shares of the variance; nil for
	// a projection without such.
	ratios func(*report.FeatureResult) *[]float64
	// verify compares the coordinates kept, and what a result says of them, in
	// fewer steps than projecting again takes; nil for a projection that does
	// not take long.
	verify func(ctx context.Context, s *projectionSource, kept [][]float64, f report.FeatureResult) (differences []string, err error)
}

// projectionSource is what coordinates are made from.
type projectionSource struct {
	spec     config.Features
	features *ts.Tensor // float32 [N, D] with N > 1
	labels   []byte     // [N], or more
	seed     uint64
	threads  int
	// state is the file from which a projection that takes long continues.
	state string
}

func projectPCA(ctx context.Context, s *projectionSource) (*projection, error) {
	return pca(ctx, s.features, s.spec.Components)
}

// projection is what a projection makes of features.
type projection struct {
	// Axes name the coordinates in files, such as pc1.
	Axes []string
	// Coordinates are those of each row, or of the first rows, float64
	// [N][axes].
	Coordinates [][]float64
	// Components are a linear projection's axes, of unit length, [axes][D].
	Components [][]float64
	// Ratios are the axes' shares of the variance, from 0 to 1, if the
	// projection has such.
	Ratios []float64
	// TSNE is what t-SNE says of the coordinates.
	TSNE *report.TSNE
}
