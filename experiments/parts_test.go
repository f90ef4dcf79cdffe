package experiments

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// TestPartsAreTheWhole trains with one thread and with three, a last batch that
// is smaller included: the same examples, and losses that are the same but for
// rounding. Three threads give the same bits each time, interrupted or not.
func TestPartsAreTheWhole(t *testing.T) {
	definition := smallReport(t, "train.batch=32", "train.epochs=2", "data.train=104", jointClassifier)
	data := smallData(t, definition)
	for _, name := range []string{"autoencoders/bce", "classifiers/end_to_end", "classifiers/joint"} {
		t.Run(name, func(t *testing.T) {
			alone, batches := trainedLosses(t, definition, data, name, 1, t.Context())
			together, parts := trainedLosses(t, definition, data, name, 3, t.Context())
			interrupted, _ := trainedLosses(t, definition, data, name, 3, &countdown{Context: t.Context(), left: 6})
			// Eight examples are too few operations for two threads.
			if want := map[int]int{32: 2 * 3, 8: 2}; !cmp.Equal(batches, want) {
				t.Errorf("one thread computed the losses of %v, want %v", batches, want)
			}
			if want := map[int]int{10: 2 * 3, 11: 2 * 6, 8: 2}; !cmp.Equal(parts, want) {
				t.Errorf("three threads computed the losses of %v, want %v", parts, want)
			}
			for i := range alone {
				if math.Abs(together[i]/alone[i]-1) > 1e-5 {
					t.Errorf("number %d is %g in three parts, %g in one", i, together[i], alone[i])
				}
			}
			if diff := cmp.Diff(together, interrupted); diff != "" {
				t.Errorf("an interruption changes the losses:\n%s", diff)
			}
		})
	}
}

// trainedLosses trains a stage on so many threads, in a second go where the
// first is interrupted. It returns the epochs' losses, of training and of test,
// and how often the loss of how many examples was computed.
func trainedLosses(t *testing.T, definition *config.Definition, data *vision.Dataset, name string, threads int, ctx context.Context) (losses []float64, computed map[int]int) {
	t.Helper()
	r := testRunOf(t, definition, data)
	r.threads = threads
	computed = map[int]int{}
	err := trainCounted(t, ctx, r, name, computed)
	if errors.Is(err, context.Canceled) {
		err = trainCounted(t, t.Context(), r, name, computed)
	}
	if err != nil {
		t.Fatal(err)
	}
	epochs, err := metrics.Read(filepath.Join(r.dir.Path, name))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range epochs {
		losses = append(losses, m.Loss)
		for _, score := range sortedKeys(m.Test) {
			if score != "accuracy" { // rounding may turn an image's class
				losses = append(losses, m.Test[score])
			}
		}
	}
	return losses, computed
}

// trainCounted trains a stage, and counts by its size each batch, or part of
// one, that a loss is computed of.
func trainCounted(t *testing.T, ctx context.Context, r *setup, name string, computed map[int]int) error {
	t.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	defer unpin()
	s, task := stageAndTask(t, r, name)
	defer task.Drop()
	if err := os.MkdirAll(r.dir.Folder(s), 0o755); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	loss := task.Loss
	task.Network = nil // no plan would call Loss
	task.Loss = func(index *ts.Tensor) (*ts.Tensor, error) {
		mu.Lock()
		computed[int(index.MustSize()[0])]++
		mu.Unlock()
		return loss(index)
	}
	_, err = r.trainStage(ctx, s, task)
	return err
}
