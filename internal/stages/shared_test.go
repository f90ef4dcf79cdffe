package stages

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"aeprobe/internal/lock"
	"aeprobe/internal/metrics"
)

// sharedRun is a run directory whose one stage writes a file, and counts how often.
type sharedRun struct {
	dir   *Dir
	stage *Stage
	said  []string
}

func newSharedRun(t *testing.T, shared string, made *atomic.Int32, run func(dir string) error) *sharedRun {
	t.Helper()
	r := &sharedRun{dir: &Dir{Path: t.TempDir(), Slots: 1, Shared: shared, OnThread: func(f func() error) error { return f() }}}
	r.dir.Events = func(e metrics.Event) { r.said = append(r.said, string(e.Kind)+": "+e.Message) }
	r.stage = &Stage{Name: "autoencoders/bce", Share: true, Inputs: map[string]int{"seed": 1}}
	r.stage.Run = func(context.Context, *Stage) (*Result, error) {
		made.Add(1)
		for name, text := range map[string]string{"checkpoint.safetensors": "weights", metrics.File: "{}\n"} {
			if err := os.WriteFile(filepath.Join(r.dir.Folder(r.stage), name), []byte(text), 0o644); err != nil {
				return nil, err
			}
		}
		return new(Result), run(r.dir.Folder(r.stage))
	}
	if err := r.stage.Seal(); err != nil {
		t.Fatal(err)
	}
	return r
}

func nothing(string) error { return nil }

func TestRunsShareAFinishedStage(t *testing.T) {
	shared := t.TempDir()
	var made atomic.Int32
	runs := []*sharedRun{newSharedRun(t, shared, &made, nothing), newSharedRun(t, shared, &made, nothing), newSharedRun(t, shared, &made, nothing)}
	var all sync.WaitGroup
	errs := make([]error, len(runs))
	for i, r := range runs {
		all.Go(func() { errs[i] = r.dir.Run(t.Context(), []*Stage{r.stage}) })
	}
	all.Wait()
	for i, r := range runs {
		if errs[i] != nil || !r.dir.Done(r.stage) {
			t.Errorf("run %d: %v, done: %v", i, errs[i], r.dir.Done(r.stage))
		}
	}
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
	// What a run appends to its own metrics stays its own.
	f, err := os.OpenFile(filepath.Join(runs[0].dir.Folder(runs[0].stage), metrics.File), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteString("more\n")
	_ = f.Close()
	later := newSharedRun(t, shared, &made, nothing)
	if err := later.dir.Run(t.Context(), []*Stage{later.stage}); err != nil || !later.dir.Done(later.stage) || made.Load() != 1 {
		t.Errorf("a later run: %v, made %d times", err, made.Load())
	}
}

func TestADamagedSharedStageIsMadeAgain(t *testing.T) {
	shared := t.TempDir()
	var made atomic.Int32
	first := newSharedRun(t, shared, &made, nothing)
	if err := first.dir.Run(t.Context(), []*Stage{first.stage}); err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(first.dir.sharedFolder(first.stage), "checkpoint.safetensors")
	if err := os.Remove(damaged); err != nil { // a hard link: the first run has its own name for it
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, []byte("weighty"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		next := newSharedRun(t, shared, &made, nothing)
		if err := next.dir.Run(t.Context(), []*Stage{next.stage}); err != nil || !next.dir.Done(next.stage) {
			t.Errorf("%v, done: %v, %q", err, next.dir.Done(next.stage), next.said)
		}
		if made.Load() == 2 && strings.Contains(strings.Join(next.said, "\n"), "is damaged") {
			continue
		}
		if said := strings.Join(next.said, "\n"); !strings.Contains(said, "taken from another run") {
			t.Errorf("after it was mended: %s", said)
		}
	}
	if made.Load() != 2 || !first.dir.Done(first.stage) {
		t.Errorf("made %d times; the first run is done: %v", made.Load(), first.dir.Done(first.stage))
	}
}

// TestAMakerThatFailsLeavesTheStageToTheNext also leaves what a killed process would.
func TestAMakerThatFailsLeavesTheStageToTheNext(t *testing.T) {
	shared := t.TempDir()
	var made atomic.Int32
	first := newSharedRun(t, shared, &made, func(string) error { return os.ErrInvalid })
	if err := first.dir.Run(t.Context(), []*Stage{first.stage}); err == nil {
		t.Fatal("no error")
	}
	unfinished := first.dir.sharedFolder(first.stage) + ".unfinished"
	if err := os.MkdirAll(unfinished, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(unfinished, "checkpoint.safetensors"), []byte("wei"), 0o644); err != nil {
		t.Fatal(err)
	}
	second, third := newSharedRun(t, shared, &made, nothing), newSharedRun(t, shared, &made, nothing)
	for _, r := range []*sharedRun{second, third} {
		if err := r.dir.Run(t.Context(), []*Stage{r.stage}); err != nil || !r.dir.Done(r.stage) {
			t.Errorf("%v, done: %v", err, r.dir.Done(r.stage))
		}
	}
	if made.Load() != 2 {
		t.Errorf("made %d times", made.Load())
	}
}

// TestAFolderWithoutAWantedFileIsNotTaken wants the weights after an epoch that the
// fingerprint does not tell of.
func TestAFolderWithoutAWantedFileIsNotTaken(t *testing.T) {
	shared := t.TempDir()
	var made atomic.Int32
	first, second := newSharedRun(t, shared, &made, nothing), newSharedRun(t, shared, &made, nothing)
	second.stage.Wants = []string{"epoch-5.safetensors"}
	for _, r := range []*sharedRun{first, second} {
		if err := r.dir.Run(t.Context(), []*Stage{r.stage}); err != nil {
			t.Fatal(err)
		}
	}
	if made.Load() != 2 {
		t.Errorf("made %d times, want 2", made.Load())
	}
}

// TestADamagedSharedStageIsWaitedFor holds a damaged stage's lock, as who makes it
// again would.
func TestADamagedSharedStageIsWaitedFor(t *testing.T) {
	shared := t.TempDir()
	var made atomic.Int32
	first := newSharedRun(t, shared, &made, nothing)
	if err := first.dir.Run(t.Context(), []*Stage{first.stage}); err != nil {
		t.Fatal(err)
	}
	folder := first.dir.sharedFolder(first.stage)
	held, err := lock.Try(folder+".lock", true)
	if err != nil {
		t.Fatal(err)
	}
	taker := newSharedRun(t, shared, &made, nothing)
	if err := taker.dir.Run(t.Context(), []*Stage{taker.stage}); err != nil { // whole: no need to wait
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder, "checkpoint.safetensors")); err != nil {
		t.Fatal(err)
	}
	waiter := newSharedRun(t, shared, &made, nothing)
	waits := waiter.dir.Events
	waiter.dir.Events = func(e metrics.Event) {
		if waits(e); strings.HasPrefix(e.Message, "waits for ") {
			_ = held.Unlock()
		}
	}
	if err := waiter.dir.Run(t.Context(), []*Stage{waiter.stage}); err != nil || !waiter.dir.Done(waiter.stage) || made.Load() != 2 {
		t.Errorf("%v, made %d times, %q", err, made.Load(), waiter.said)
	}
	if said := strings.Join(waiter.said, "\n"); !strings.Contains(said, "waits for process ") {
		t.Errorf("took what is damaged: %s", said)
	}
}

func TestMixedMachineryIsNotShared(t *testing.T) {
	shared := t.TempDir()
	var made atomic.Int32
	first := newSharedRun(t, shared, &made, nothing)
	run := first.stage.Run
	first.stage.Run = func(ctx context.Context, s *Stage) (*Result, error) {
		result, err := run(ctx, s)
		result.MadeWith.Mixed = []string{"threads was 1, is 2"}
		return result, err
	}
	second := newSharedRun(t, shared, &made, nothing)
	for _, r := range []*sharedRun{first, second} {
		if err := r.dir.Run(t.Context(), []*Stage{r.stage}); err != nil {
			t.Fatal(err)
		}
	}
	if made.Load() != 2 {
		t.Errorf("made %d times, want 2", made.Load())
	}
}
