package experiments

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/atomicfile"
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

// writeProjection writes a line per image: index, label, pc1, pc2, ...
func writeProjection(path string, p *projection, labels []byte) error {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	if err := w.Write(append([]string{"index", "label"}, p.Axes...)); err != nil {
		return err
	}
	for i, coordinates := range p.Coordinates {
		row := []string{strconv.Itoa(i), strconv.Itoa(int(labels[i]))}
		for _, x := range coordinates {
			row = append(row, strconv.FormatFloat(x, 'g', -1, 64))
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return atomicfile.WriteBytes(path, text.Bytes())
}

// readProjection reads what writeProjection wrote: the coordinates [N][components] and the
// labels [N] of the images.
func readProjection(path string) (coordinates [][]float64, labels []int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 || len(rows[0]) < 4 {
		return nil, nil, fmt.Errorf("%s: expected index, label, pc1, pc2", path)
	}
	for i, row := range rows[1:] {
		if row[0] != strconv.Itoa(i) {
			return nil, nil, fmt.Errorf("%s:%d: expected image %d, found %.20q", path, i+2, i, row[0])
		}
		label, err := strconv.Atoi(row[1])
		point := make([]float64, len(row)-2)
		for c := range point {
			var problem error
			point[c], problem = strconv.ParseFloat(row[c+2], 64)
			err = errors.Join(err, problem)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%d: %w", path, i+2, err)
		}
		coordinates, labels = append(coordinates, point), append(labels, label)
	}
	return coordinates, labels, nil
}
