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
	"aeprobe/vision"
)

func TestPartsOfABatch(t *testing.T) {
	for _, c := range []struct {
		flops                   float64
		examples, threads, want int
	}{
		{0, 128, 8, 1},          // a frozen classifier
		{8.5e6, 16, 1, 1},       //
		{8.5e6, 16, 2, 2},       // the report's auto-encoder
		{8.5e6, 16, 16, 3},      //
		{8.5e6, 128, 16, 16},    //
		{8.5e6, 5, 2, 1},        // the last batch of an epoch
		{1e9, 3, 16, 3},         // no part without an example
		{smallestPart, 1, 2, 1}, //
	} {
		task := &task{flops: c.flops}
		if got := task.parts(c.examples, c.threads); got != c.want {
			t.Errorf("%g operations for each of %d examples on %d threads: %d parts, want %d", c.flops, c.examples, c.threads, got, c.want)
		}
	}
}

// TestPartsAreTheWhole trains with one thread and with three, a last batch that
// is smaller included: losses are the same but for rounding. Three threads give
// the same bits each time, interrupted or not.
func TestPartsAreTheWhole(t *testing.T) {
	definition := smallReport(t, "train.batch=32", "train.epochs=2", "data.train=104")
	data := smallData(t, definition)
	for _, name := range []string{"autoencoders/bce", "classifiers/end_to_end"} {
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
	r.stageThreads = threads
	err := trainStage(t, ctx, r, name, nil)
	if errors.Is(err, context.Canceled) {
		err = trainStage(t, t.Context(), r, name, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := ReadMetrics(filepath.Join(r.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	for _, m := range metrics {
		losses = append(losses, m.Loss)
		for _, score := range sortedKeys(m.Test) {
			if score != "accuracy" { // rounding may turn an image's class
				losses = append(losses, m.Test[score])
			}
		}
	}
	return losses
}
