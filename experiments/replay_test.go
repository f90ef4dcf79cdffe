package experiments

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/torch"
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
	definition := replayable(t)
	data := smallData(t, definition)
	for _, name := range []string{"autoencoders/bce", "classifiers/random"} {
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
			compareStage(t, filepath.Join(r.dir, name), filepath.Join(other.dir, name))
			if want := 2*31 - 2*warmUp; replayed != want || recorded != 0 {
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
	var events []Event
	other.events = func(e Event) { events = append(events, e) }
	err := trainStage(t, t.Context(), other, name, func(func() error) (func() error, func(), error) {
		return nil, nil, errors.New("no room")
	})
	if err != nil {
		t.Fatal(err)
	}
	compareStage(t, filepath.Join(r.dir, name), filepath.Join(other.dir, name))
	warnings := 0
	for _, e := range events {
		if e.Kind == Warning {
			warnings++
		}
	}
	if warnings != 1 || !anEvent(events, Warning, "CUDA graph, so that training is slow: no room") {
		t.Errorf("%d warnings in %v", warnings, events)
	}
}

// trainStage trains a stage of r to its end, replaying what record, if it is
// not nil, recorded.
func trainStage(t *testing.T, ctx context.Context, r *run, name string, record func(func() error) (func() error, func(), error)) error {
	t.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	defer unpin()
	return torch.OnOwnStream(r.device, func() error {
		s, task := stageAndTask(t, r, name)
		defer task.drop()
		if err := os.MkdirAll(filepath.Join(r.dir, name), 0o755); err != nil {
			return err
		}
		tr, err := r.newTrainer(s, task)
		if err != nil {
			return err
		}
		defer tr.release()
		if record != nil {
			if err := tr.onGPU(true); err != nil {
				return err
			}
			tr.replayer.record = record
		}
		if err := tr.resume(); err != nil {
			return err
		}
		if err := tr.train(ctx); err != nil {
			return err
		}
		_, err = tr.finish()
		return err
	})
}

// stageAndTask is the training stage of r with that name, and its task, which
// the caller drops.
func stageAndTask(t testing.TB, r *run, name string) (*stage, *task) {
	t.Helper()
	stages, err := r.stages()
	if err != nil {
		t.Fatal(err)
	}
	if stages, err = only(stages, name); err != nil {
		t.Fatal(err)
	}
	var trained *task
	if kind, entry, _ := strings.Cut(name, "/"); kind == "autoencoders" {
		trained, err = r.newAutoencoderTask(r.definition.Autoencoders[entry])
	} else {
		trained, _, err = r.newClassifierTask(t.Context(), r.definition.Classifiers[entry])
	}
	if err != nil {
		t.Fatal(err)
	}
	return stages[len(stages)-1], trained
}
