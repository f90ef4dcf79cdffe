package experiments

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/vision"
)

// TestPartsAreTheWhole trains with one thread and with three, a last batch that
// is smaller included: losses are the same but for rounding. Three threads give
// the same bits each time, interrupted or not.
func TestPartsAreTheWhole(t *testing.T) {
	definition := smallReport(t, "train.batch=32", "train.epochs=2", "data.train=104", jointClassifier)
	data := smallData(t, definition)
	for _, name := range []string{"autoencoders/bce", "classifiers/end_to_end", "classifiers/joint"} {
		t.Run(name, func(t *testing.T) {
			alone := lossesOf(t, definition, data, name, 1, t.Context())
			together := lossesOf(t, definition, data, name, 3, t.Context())
			interrupted := lossesOf(t, definition, data, name, 3, &countdown{Context: t.Context(), left: 6})
			for i := range alone {
				if math.Abs(together[i]/alone[i]-1) > 1e-5 {
					t.Errorf("number %d is %g in three parts, %g in one", i, together[i], alone[i])
				}
			}
			if slices.Equal(alone, together) {
				t.Error("no digit differs: was it trained in parts?")
			}
			if diff := cmp.Diff(together, interrupted); diff != "" {
				t.Errorf("an interruption changes the losses:\n%s", diff)
			}
		})
	}
}

// lossesOf trains a stage on so many threads, in a second go where the first
// is interrupted, and returns the epochs' losses, of training and of test.
func lossesOf(t *testing.T, definition *config.Definition, data *vision.Dataset, name string, threads int, ctx context.Context) []float64 {
	t.Helper()
	r := testRunOf(t, definition, data)
	r.threads = threads
	err := trainStage(t, ctx, r, name, nil)
	if errors.Is(err, context.Canceled) {
		err = trainStage(t, t.Context(), r, name, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	epochs, err := metrics.Read(filepath.Join(r.dir.Path, name))
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	for _, m := range epochs {
		losses = append(losses, m.Loss)
		for _, score := range sortedKeys(m.Test) {
			if score != "accuracy" { // rounding may turn an image's class
				losses = append(losses, m.Test[score])
			}
		}
	}
	return losses
}
