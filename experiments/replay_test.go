package experiments

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
)

// replayable is a report whose epochs end with a smaller batch.
func replayable(t *testing.T, sets ...string) *config.Definition {
	t.Helper()
	return smallReport(t, append([]string{"data.train=500", "features.images=500"}, sets...)...)
}

// TestReplayedStepsAreThePlainOnes trains on the CPU with what records steps
// on a GPU, as far as the CPU has it: what is recorded is done again as it
// comes, on the same tensors.
func TestReplayedStepsAreThePlainOnes(t *testing.T) {
	definition := replayable(t, jointClassifier)
	data := smallData(t, definition)
	for _, name := range []string{"autoencoders/bce", "classifiers/random", "classifiers/joint"} {
		t.Run(name, func(t *testing.T) {
			r := testRunOf(t, definition, data)
			if err := trainStage(t, t.Context(), r, name, nil); err != nil {
				t.Fatal(err)
			}

			recorded, replayed := 0, 0
			record := func(step func() error) (func() error, func(), error) {
				recorded++
				return func() error { replayed++; return step() }, func() { recorded-- }, nil
			}
			other := testRunOf(t, definition, data)
			// Two epochs of 31 steps on 16 images and one on 4.
			err := trainStage(t, &countdown{Context: t.Context(), left: 40}, other, name, record)
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if err := trainStage(t, t.Context(), other, name, record); err != nil {
				t.Fatal(err)
			}
			compareStage(t, filepath.Join(r.dir.Path, name), filepath.Join(other.dir.Path, name))
			if want := 2*31 - 2*train.WarmUp; replayed != want || recorded != 0 {
				t.Errorf("%d steps replayed, not %d; %d recordings kept", replayed, want, recorded)
			}
		})
	}
}

// TestStepsThatCannotBeRecordedArePlain fails to record.
func TestStepsThatCannotBeRecordedArePlain(t *testing.T) {
	const name = "classifiers/random"
	definition := replayable(t, "train.epochs=1")
	data := smallData(t, definition)
	r, other := testRunOf(t, definition, data), testRunOf(t, definition, data)
	if err := trainStage(t, t.Context(), r, name, nil); err != nil {
		t.Fatal(err)
	}
	var events []metrics.Event
	other.dir.Events = func(e metrics.Event) { events = append(events, e) }
	err := trainStage(t, t.Context(), other, name, func(func() error) (func() error, func(), error) {
		return nil, nil, errors.New("no room")
	})
	if err != nil {
		t.Fatal(err)
	}
	compareStage(t, filepath.Join(r.dir.Path, name), filepath.Join(other.dir.Path, name))
	warnings := 0
	for _, e := range events {
		if e.Kind == metrics.Warning {
			warnings++
		}
	}
	if warnings != 1 || !anEvent(events, metrics.Warning, "CUDA graph, so training is slow: no room") {
		t.Errorf("%d warnings in %v", warnings, events)
	}
}

// trainStage trains a stage of r to its end, with steps that record, if it is
// not nil, recorded.
func trainStage(t *testing.T, ctx context.Context, r *setup, name string, record train.Recorder) error {
	t.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	defer unpin()
	return torch.OnOwnStream(r.device, func() error {
		stage, task := stageAndTask(t, r, name)
		defer task.Drop()
		if err := os.MkdirAll(r.dir.Folder(stage), 0o755); err != nil {
			return err
		}
		options := r.trainOptions(stage)
		options.Record, options.Autograd = record, true
		_, _, err := train.Run(ctx, task, options)
		return err
	})
}

// stageAndTask is the training stage of r with that name, and its task, which
// the caller drops.
func stageAndTask(t testing.TB, r *setup, name string) (*stages.Stage, *train.Task) {
	t.Helper()
	all, err := r.unfold()
	if err != nil {
		t.Fatal(err)
	}
	if all, err = stages.Closure(all, name); err != nil {
		t.Fatal(err)
	}
	var task *train.Task
	switch kind, entry, _ := strings.Cut(name, "/"); kind {
	case "autoencoders":
		task, err = r.newAutoencoderTask(r.definition.Autoencoders[entry])
	case "aggregations":
		task, err = r.newAggregationTask(r.definition.Aggregations[entry])
	default:
		var p probe
		if p, err = r.newProbe(t.Context(), r.definition.Classifiers[entry]); err == nil {
			task = p.Task()
			task.Drop = p.Drop
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return all[len(all)-1], task
}
