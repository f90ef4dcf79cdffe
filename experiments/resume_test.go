package experiments

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/vision"
)

// smallReport has every kind of stage and takes a second or two. It keeps
// checkpoints within its epochs of 32 steps, at their ends too.
func smallReport(t *testing.T, sets ...string) *config.Definition {
	t.Helper()
	definition, err := config.Load("smoke", append([]string{"train.epochs=2", "checkpoint.steps=8"}, sets...))
	if err != nil {
		t.Fatal(err)
	}
	return definition
}

func smallData(t testing.TB, definition *config.Definition) *vision.Dataset {
	t.Helper()
	data, err := vision.Open(t.Context(), definition.Data.Set,
		vision.Options{Train: definition.Data.Train, Test: definition.Data.Test})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// runInto runs the definition and returns the events.
func runInto(t *testing.T, ctx context.Context, dir, only string, definition *config.Definition, data *vision.Dataset, during func(metrics.Event)) ([]metrics.Event, error) {
	t.Helper()
	var events []metrics.Event
	err := Run(ctx, definition, data, Options{Dir: dir, Only: only, Device: torch.CPU, Threads: 1, atOnce: 1, Events: func(e metrics.Event) {
		events = append(events, e)
		if during != nil {
			during(e)
		}
	}})
	return events, err
}

// interrupt runs a stage until its context has been asked so many times whether
// it ends.
func interrupt(t *testing.T, dir, stage string, definition *config.Definition, data *vision.Dataset, left int) {
	t.Helper()
	if _, err := runInto(t, &countdown{Context: t.Context(), left: left}, dir, stage, definition, data, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// TestInterruptedRunEndsAsAnUninterruptedOne stops training at random steps,
// again and again, and compares all that the stage leaves.
func TestInterruptedRunEndsAsAnUninterruptedOne(t *testing.T) {
	definition := smallReport(t, jointClassifier, "classifiers.decayed={encoder: random, freeze: true, optimizer: sgd, momentum: 0.9, weight_decay: 0.001}")
	data := smallData(t, definition)
	for _, stage := range []string{"autoencoders/bce", "classifiers/random", "classifiers/decayed", "classifiers/end_to_end", "classifiers/joint"} {
		t.Run(stage, func(t *testing.T) { endsTheSameInterrupted(t, definition, data, stage, 5) })
	}
}

// endsTheSameInterrupted compares a stage that is stopped at random steps, again
// and again, at least so often, with one that is not.
func endsTheSameInterrupted(t *testing.T, definition *config.Definition, data *vision.Dataset, stage string, least int) {
	t.Helper()
	whole, pieces := t.TempDir(), t.TempDir()
	if _, err := runInto(t, t.Context(), whole, stage, definition, data, nil); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for interruptions := 0; ; interruptions++ {
		ctx := &countdown{Context: t.Context(), left: random.IntN(20)}
		_, err := runInto(t, ctx, pieces, stage, definition, data, nil)
		if err == nil {
			if interruptions < least {
				t.Errorf("interrupted only %d times", interruptions)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	compareStage(t, filepath.Join(whole, stage), filepath.Join(pieces, stage))
}

// countdown is a context that ends after it has been asked a number of times
// whether it has: once a training step, and once a batch of a test.
type countdown struct {
	context.Context
	mu   sync.Mutex
	left int
}

func (c *countdown) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// compareStage compares weights, optimizer state and metrics of two folders,
// clock times aside.
func compareStage(t *testing.T, want, got string) {
	t.Helper()
	a, err := os.ReadFile(filepath.Join(want, train.CheckpointFile))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(got, train.CheckpointFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("%s differs", train.CheckpointFile)
	}
	if diff := cmp.Diff(metricsWithoutTimes(t, want), metricsWithoutTimes(t, got)); diff != "" {
		t.Errorf("%s (-uninterrupted +interrupted):\n%s", metrics.File, diff)
	}
	states := map[string]map[string]string{}
	for _, dir := range []string{want, got} {
		state, err := weights.Read(filepath.Join(dir, train.StateFile))
		if err != nil {
			t.Fatal(err)
		}
		states[dir] = map[string]string{}
		for name, a := range state.Tensors {
			if name != "metrics" { // above, without the clock's times
				states[dir][name] = string(a.Data)
			}
		}
	}
	if !cmp.Equal(states[want], states[got]) {
		t.Error("the optimizer or the generator differs")
	}
}

func metricsWithoutTimes(t *testing.T, dir string) []metrics.Epoch {
	t.Helper()
	epochs, err := metrics.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range epochs {
		epochs[i].Seconds = 0
	}
	return epochs
}

func TestDamagedCheckpointGivesWayToTheOneBefore(t *testing.T) {
	const stage = "autoencoders/bce"
	definition := smallReport(t)
	data := smallData(t, definition)
	whole, dir := t.TempDir(), t.TempDir()
	if _, err := runInto(t, t.Context(), whole, stage, definition, data, nil); err != nil {
		t.Fatal(err)
	}
	interrupt(t, dir, stage, definition, data, 40)
	path := filepath.Join(dir, stage, train.StateFile)
	state, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	state[len(state)-9] ^= 1
	if err := os.WriteFile(path, state, 0o644); err != nil {
		t.Fatal(err)
	}
	events, err := runInto(t, t.Context(), dir, stage, definition, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !anEvent(events, metrics.Warning, "damaged checkpoint") {
		t.Errorf("no warning of the damage in %v", events)
	}
	compareStage(t, filepath.Join(whole, stage), filepath.Join(dir, stage))
}

// TestInterruptedTestIsMadeAgain ends the context after the last step of the
// first epoch, so that the test after it is cut short.
func TestInterruptedTestIsMadeAgain(t *testing.T) {
	const stage = "autoencoders/bce"
	definition := smallReport(t)
	data := smallData(t, definition)
	whole, dir := t.TempDir(), t.TempDir()
	if _, err := runInto(t, t.Context(), whole, stage, definition, data, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := runInto(t, ctx, dir, stage, definition, data, func(e metrics.Event) {
		if e.Kind == metrics.Progressed && e.Step == e.Steps {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	events, err := runInto(t, t.Context(), dir, stage, definition, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(events, func(e metrics.Event) bool { return e.Kind == metrics.StageResumed && e.Epoch == 0 && e.Step == e.Steps }) {
		t.Errorf("it did not go on from the end of the first epoch: %v", events)
	}
	compareStage(t, filepath.Join(whole, stage), filepath.Join(dir, stage))
}

// TestCheckpointOfAnotherDefinitionIsRefusedByField also looks that a refused
// run touches nothing.
func TestCheckpointOfAnotherDefinitionIsRefusedByField(t *testing.T) {
	const stage = "autoencoders/bce"
	definition := smallReport(t)
	data := smallData(t, definition)
	dir := t.TempDir()
	interrupt(t, dir, stage, definition, data, 40)
	before := contents(t, dir)
	for set, want := range map[string]string{
		"train.batch=32": "autoencoders/bce: an unfinished training here was started with different settings: training.batch was 16, is 32",
		"train.epochs=1": "after epoch 1; only 1 epoch were requested",
	} {
		events, err := runInto(t, t.Context(), dir, stage, smallReport(t, set), data, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", set, err)
		}
		if len(events) > 0 {
			t.Errorf("%s: it began: %v", set, events)
		}
		if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
			t.Errorf("%s: the run directory changed (-before +after):\n%s", set, diff)
		}
	}
}

// TestEveryKindOfStageEndsWithTheContext ends the context as soon as a stage
// has begun, one kind of stage after the other, and goes on each time.
func TestEveryKindOfStageEndsWithTheContext(t *testing.T) {
	definition := smallReport(t, "train.epochs=1", "autoencoders.l1=null", "autoencoders.mse=null", "figures=[architecture]")
	data := smallData(t, definition)
	dir := t.TempDir()
	for _, stage := range []string{"autoencoders/bce", "classifiers/end_to_end", "classifiers/random", "features", "figures"} {
		ctx, cancel := context.WithCancel(t.Context())
		events, err := runInto(t, ctx, dir, "", definition, data, func(e metrics.Event) {
			if e.Kind == metrics.StageStarted && e.Stage == stage {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", stage, err)
		}
		if finished := stagesOf(events, metrics.StageFinished); slices.Contains(finished, stage) {
			t.Errorf("%s came to its end", stage)
		}
	}
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Error(err)
	}
}

// TestFileTimesDecideNothing moves all files' times by decades, as a clock that
// was wrong or jumped, before a training goes on and after it is done.
func TestFileTimesDecideNothing(t *testing.T) {
	const stage = "autoencoders/bce"
	definition := smallReport(t)
	data := smallData(t, definition)
	whole, dir := t.TempDir(), t.TempDir()
	if _, err := runInto(t, t.Context(), whole, stage, definition, data, nil); err != nil {
		t.Fatal(err)
	}
	interrupt(t, dir, stage, definition, data, 20)
	for _, test := range []struct {
		year int
		want metrics.EventKind
	}{{2099, metrics.StageResumed}, {1971, metrics.StageUpToDate}, {2099, metrics.StageUpToDate}} {
		then := time.Date(test.year, 1, 1, 0, 0, 0, 0, time.UTC)
		for name := range contents(t, dir) {
			if err := os.Chtimes(filepath.Join(dir, name), then, then); err != nil {
				t.Fatal(err)
			}
		}
		events, err := runInto(t, t.Context(), dir, stage, definition, data, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{stage}, stagesOf(events, test.want)); diff != "" {
			t.Errorf("with files of %d: %s: %s", test.year, test.want, diff)
		}
	}
	compareStage(t, filepath.Join(whole, stage), filepath.Join(dir, stage))
}

// contents are all files below dir, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir+"/")] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestATrainingCanBeMadeLonger goes on with three epochs after two that were
// interrupted, and after two that were finished.
func TestATrainingCanBeMadeLonger(t *testing.T) {
	const stage = "autoencoders/bce"
	two, three := smallReport(t), smallReport(t, "train.epochs=3")
	data := smallData(t, two)
	whole := t.TempDir()
	if _, err := runInto(t, t.Context(), whole, stage, three, data, nil); err != nil {
		t.Fatal(err)
	}
	for name, left := range map[string]int{"interrupted": 40, "finished": 1000} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := runInto(t, &countdown{Context: t.Context(), left: left}, dir, stage, two, data, nil)
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			events, err := runInto(t, t.Context(), dir, stage, three, data, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(events, func(e metrics.Event) bool { return e.Kind == metrics.StageResumed }) {
				t.Error("it began anew")
			}
			compareStage(t, filepath.Join(whole, stage), filepath.Join(dir, stage))
		})
	}
}

func anEvent(events []metrics.Event, kind metrics.EventKind, message string) bool {
	for _, e := range events {
		if e.Kind == kind && strings.Contains(e.Message, message) {
			return true
		}
	}
	return false
}
