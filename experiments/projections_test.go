package experiments

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
)

// first takes features' first values for coordinates.
func first(_ context.Context, s *projectionSource) (*projection, error) {
	components := s.spec.Components
	p := &projection{Axes: []string{"value1", "value2"}[:components]}
	return p, torch.EachBlock(s.features, func(rows *ts.Tensor) error {
		values, err := torch.ToSlice[float32](rows)
		if err != nil {
			return err
		}
		for row := range slices.Chunk(values, len(values)/int(rows.MustSize()[0])) {
			p.Coordinates = append(p.Coordinates, float64s(row[:components]))
		}
		return nil
	})
}

// TestAProjectionIsALineInTheTable adds one, and runs and verifies a report with
// it alone: nothing else may ask for PCA.
func TestAProjectionIsALineInTheTable(t *testing.T) {
	projections["first"] = projector{project: first, axes: "first values", memory: func(config.Features, int) float64 { return 0 }}
	t.Cleanup(func() { delete(projections, "first") })
	definition := smallReport(t, "data.train=256", "data.test=500", "train.epochs=1", "autoencoders.l1=null", "autoencoders.mse=null",
		"classifiers.end_to_end=null", "classifiers.pretrained=null", "figures=[pca, confusion]")
	definition.Features.Projections = []string{"first"}
	f := finished{t, definition, smallData(t, definition), t.TempDir()}
	if _, err := runInto(t, t.Context(), f.dir, "", definition, f.data, nil); err != nil {
		t.Fatal(err)
	}
	if different := f.verified(stages.Different); len(different) > 0 {
		t.Errorf("%+v", different)
	}
	if !slices.ContainsFunc(f.verified(stages.Equal), func(c stages.Check) bool {
		return strings.HasPrefix(c.What, "bce-first.csv: 2 first values of bce.npy") && !strings.Contains(c.What, "variance")
	}) {
		t.Error("the projection was not verified")
	}
	for _, pattern := range []string{"features/*pca*", "figures/*pca*"} {
		if found, err := filepath.Glob(f.path(pattern)); err != nil || len(found) > 0 {
			t.Errorf("%v, %v", found, err)
		}
	}
	results, err := report.ReadResults(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	if ratios := results.Features["bce"].ExplainedVarianceRatio; ratios != nil {
		t.Errorf("shares of the variance without PCA: %v", ratios)
	}

	forged := f.copied(t)
	forged.forgetChecksums("features")
	forged.edit("features/random-first.csv", "\n3,", "\n3,1")
	if different := forged.verified(stages.Different); len(different) != 1 || !strings.Contains(different[0].Differences[0], "image 3 has label 1") {
		t.Errorf("a forged label is found as %+v", different)
	}

	definition.Features.Projections = []string{"first", "pca"}
	if _, err := runInto(t, t.Context(), f.dir, featuresStage, definition, f.data, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bce-first.csv", "bce-pca.csv", "random-first.csv", "random-pca.csv"} {
		if _, _, err := report.ReadProjection(f.path("features/" + name)); err != nil {
			t.Error(err)
		}
	}
}
