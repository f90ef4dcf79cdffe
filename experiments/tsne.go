package experiments

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/atomicfile"
	"aeprobe/internal/matrix"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/tsne"
)

// projectTSNE pictures the first images' features by t-SNE, starting from their
// principal components, and measures the picture. An interrupted descent
// continues from the source's state.
func projectTSNE(ctx context.Context, s *projectionSource) (*projection, error) {
	spec := s.spec.TSNE
	features, start, err := tsneInputs(ctx, s)
	if err != nil {
		return nil, err
	}
	result, err := tsne.Run(ctx, features, start, s.tsneOptions(), s.readState(), func(state tsne.State) error {
		text, err := json.Marshal(state)
		if err != nil {
			return err
		}
		return atomicfile.WriteBytes(s.state, text)
	})
	if err != nil {
		return nil, err
	}
	quality, err := tsne.Measure(ctx, features, result.Coordinates, s.labels[:spec.Images], s.threads)
	if err != nil {
		return nil, err
	}
	p := &projection{Axes: []string{"tsne1", "tsne2"}}
	for _, point := range result.Coordinates {
		p.Coordinates = append(p.Coordinates, point[:])
	}
	result.Coordinates = nil
	p.TSNE = &report.TSNE{Images: spec.Images, Result: *result, Quality: *quality}
	return p, nil
}

// tsneInputs are the features of the images to picture, and where they start.
func tsneInputs(ctx context.Context, s *projectionSource) (features matrix.Matrix, start [][2]float64, err error) {
	first, features, err := s.tsneFeatures()
	if err != nil {
		return features, nil, err
	}
	defer torch.Drop(first)
	components, err := pca(ctx, first, 2)
	if err != nil {
		return features, nil, err
	}
	start, err = tsne.Start(components.Coordinates, s.seed)
	return features, start, err
}

// tsneFeatures are the features of the images to picture, twice; the tensor is the
// caller's to drop.
func (s *projectionSource) tsneFeatures() (*ts.Tensor, matrix.Matrix, error) {
	first, err := s.features.Narrow(0, 0, int64(s.spec.TSNE.Images), false)
	if err != nil {
		return nil, matrix.Matrix{}, err
	}
	size, err := first.Size()
	if err != nil {
		torch.Drop(first)
		return nil, matrix.Matrix{}, err
	}
	features, err := toMatrix(first, int(size[1]))
	if err != nil {
		torch.Drop(first)
		return nil, matrix.Matrix{}, err
	}
	return first, features, nil
}

func (s *projectionSource) tsneOptions() tsne.Options {
	return tsne.Options{Perplexity: s.spec.TSNE.Perplexity, Threads: s.threads}
}

// readState reads what an interrupted descent left. Without it, or if it cannot be
// read, the descent starts over, to the same end.
func (s *projectionSource) readState() *tsne.State {
	text, err := os.ReadFile(s.state)
	if err != nil {
		return nil
	}
	state := new(tsne.State)
	if json.Unmarshal(text, state) != nil {
		return nil
	}
	return state
}

// tsneMemory estimates projectTSNE's peak memory in bytes, without the maps: of all
// pairs a number, and the features twice, once in double precision.
func tsneMemory(spec config.Features, width int) float64 {
	n, d := float64(spec.TSNE.Images), float64(width)
	return max(4*n*n+(4+8)*n*d, pcaMemory(spec.TSNE.Images, width, 2))
}

// verifyTSNE measures the coordinates again. The descent to them, which takes
// minutes, is not repeated.
func verifyTSNE(ctx context.Context, s *projectionSource, kept [][]float64, f report.FeatureResult) ([]string, error) {
	spec, was := s.spec.TSNE, f.TSNE
	if was == nil {
		return []string{stages.ResultFile + " has no numbers of t-SNE"}, nil
	}
	if len(kept) != spec.Images || was.Images != spec.Images || was.Perplexity != spec.Perplexity || was.Iterations != tsne.Iterations {
		return []string{fmt.Sprintf("%d images are kept, and %s says %d images, perplexity %g and %d iterations; the definition makes it %d, %g and %d",
			len(kept), stages.ResultFile, was.Images, was.Perplexity, was.Iterations, spec.Images, spec.Perplexity, tsne.Iterations)}, nil
	}
	coordinates := make([][2]float64, len(kept))
	for i, point := range kept {
		if len(point) != 2 || math.IsNaN(point[0]-point[0]) || math.IsNaN(point[1]-point[1]) {
			return []string{fmt.Sprintf("image %d is at %v, expected two finite numbers", i, point)}, nil
		}
		coordinates[i] = [2]float64(point)
	}
	first, features, err := s.tsneFeatures()
	if err != nil {
		return nil, err
	}
	torch.Drop(first)
	kl, err := tsne.Divergence(ctx, features, coordinates, s.tsneOptions())
	if err != nil {
		return nil, err
	}
	is, err := tsne.Measure(ctx, features, coordinates, s.labels[:spec.Images], s.threads)
	if err != nil {
		return nil, err
	}
	names := []string{"KL divergence", "trustworthiness", "recall of neighbours", "accuracy of the nearest neighbour", "its accuracy by features"}
	return stages.ValueDifferences(
		[]float64{was.KL, was.Trustworthiness, was.Recall, was.Accuracy, was.FeatureAccuracy},
		[]float64{kl, is.Trustworthiness, is.Recall, is.Accuracy, is.FeatureAccuracy},
		projectionTolerance, func(i int) string { return names[i] }), nil
}
