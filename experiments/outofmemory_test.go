package experiments

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
)

// exhaust asks libtorch for more memory than a 64-bit machine can address.
func exhaust() error {
	_, err := ts.Zeros([]int64{1 << 50}, gotch.Float, gotch.CPU)
	return err
}

// TestOutOfMemoryInAStepStopsOneStage makes libtorch run out of memory in the
// 44th step of one of two auto-encoders, the 12th of its second epoch.
func TestOutOfMemoryInAStepStopsOneStage(t *testing.T) {
	before := len(ts.ExistingTensors)
	definition := smallReport(t, "autoencoders.mse=null", "classifiers.random=null", "classifiers.end_to_end=null")
	data := smallData(t, definition)
	whole, dir := t.TempDir(), t.TempDir()
	// By autograd, whose steps ask for memory.
	if err := Run(t.Context(), definition, data, Options{Dir: whole, Only: "autoencoders/l1", Device: torch.CPU, Threads: 1, Autograd: true}); err != nil {
		t.Fatal(err)
	}

	var events []metrics.Event
	r := newSetup(definition, data, Options{Dir: dir, Device: torch.CPU, Threads: 1, Autograd: true, Events: func(e metrics.Event) { events = append(events, e) }})
	drop, err := r.loadImages()
	if err != nil {
		t.Fatal(err)
	}
	all, err := r.unfold()
	if err != nil {
		t.Fatal(err)
	}
	all[slices.IndexFunc(all, func(s *stages.Stage) bool { return s.Name == "autoencoders/l1" })].Run =
		func(ctx context.Context, s *stages.Stage) (*stages.Result, error) {
			task, err := r.newAutoencoderTask(definition.Autoencoders["l1"])
			if err != nil {
				return nil, err
			}
			defer task.Drop()
			steps, possible := 0, task.Loss
			task.Network = nil // no plan would call Loss
			task.Loss = func(index *ts.Tensor) (*ts.Tensor, error) {
				if steps++; steps == 44 {
					return nil, exhaust()
				}
				return possible(index)
			}
			return r.trainStage(ctx, s, task)
		}
	err = machine.WithRemedy(r.dir.Run(t.Context(), all), dir)
	drop()
	if err == nil {
		t.Fatal("no error")
	}
	want := "autoencoders/l1: epoch 2, step 12: libtorch: out of memory: 4.5 PB more are needed at once\nfree memory, "
	if !strings.HasPrefix(err.Error(), want) || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %q\nwant %q, and a line more", err, want)
	}
	if diff := cmp.Diff([]string{"autoencoders/bce", "classifiers/pretrained"}, stagesOf(events, metrics.StageFinished)); diff != "" {
		t.Errorf("finished all the same: %s", diff)
	}
	if diff := cmp.Diff([]string{"features", "figures"}, stagesOf(events, metrics.StageSkipped)); diff != "" {
		t.Errorf("skipped for want of it: %s", diff)
	}
	if after := len(ts.ExistingTensors); after != before {
		t.Errorf("%d tensors before, %d after", before, after)
	}

	if _, err := runInto(t, t.Context(), dir, "autoencoders/l1", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	compareStage(t, filepath.Join(whole, "autoencoders/l1"), filepath.Join(dir, "autoencoders/l1"))
}
