package observe

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
)

// states are a run's and its stages', in order.
func states(t *testing.T, dir string, wanted []*stages.Stage) []State {
	t.Helper()
	r, err := Look(dir, "definition.yaml", "results.json", wanted)
	if err != nil {
		t.Fatal(err)
	}
	all := []State{r.State}
	for _, s := range r.Stages {
		all = append(all, s.State)
	}
	return all
}

// A run goes through all states: what makes it is the real scheduler.
func TestStatesOfARun(t *testing.T) {
	dir := t.TempDir()
	run := &stages.Dir{Path: dir, Slots: 1, Events: func(metrics.Event) {}, OnThread: func(f func() error) error { return f() }}
	var during []State
	broken := true
	first := &stages.Stage{Name: "autoencoders/a", Inputs: struct{}{}, Run: func(context.Context, *stages.Stage) (*stages.Result, error) {
		return new(stages.Result), nil
	}}
	second := &stages.Stage{Name: "classifiers/b", Inputs: struct{}{}, Needs: []*stages.Stage{first}}
	third := &stages.Stage{Name: "figures", Inputs: struct{}{}, Needs: []*stages.Stage{second}, Run: first.Run}
	all := []*stages.Stage{first, second, third}
	second.Run = func(context.Context, *stages.Stage) (*stages.Result, error) {
		during = states(t, dir, all)
		if broken {
			return nil, errors.New("no luck")
		}
		return new(stages.Result), nil
	}
	for _, s := range all {
		if err := s.Seal(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]State{NotBegun, NotBegun, NotBegun, NotBegun}, states(t, dir, all)); diff != "" {
		t.Error(diff)
	}
	unlock, err := run.Lock(all, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Run(t.Context(), all); err == nil {
		t.Error("a stage that fails is no error")
	}
	unlock()
	if diff := cmp.Diff([]State{Running, Finished, Running, Waiting}, during); diff != "" {
		t.Error("during the run: ", diff)
	}
	if diff := cmp.Diff([]State{Failed, Finished, Failed, NotBegun}, states(t, dir, all)); diff != "" {
		t.Error("after a failure: ", diff)
	}
	broken = false
	if err := run.Run(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]State{Stopped, Finished, Finished, Finished}, states(t, dir, all)); diff != "" {
		t.Error("without results: ", diff)
	}
	if err := os.WriteFile(filepath.Join(dir, "results.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]State{Finished, Finished, Finished, Finished}, states(t, dir, all)); diff != "" {
		t.Error("at the end: ", diff)
	}
	// Figures that were never asked for are not missed, until the definition changes.
	all = append(all, &stages.Stage{Name: "more"})
	if diff := cmp.Diff([]State{Finished, Finished, Finished, Finished, NotBegun}, states(t, dir, all)); diff != "" {
		t.Error("with results only: ", diff)
	}
	later := time.Now().Add(time.Hour)
	definition := filepath.Join(dir, "definition.yaml")
	if err := os.WriteFile(definition, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(definition, later, later); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]State{Stopped, Finished, Finished, Finished, NotBegun}, states(t, dir, all)); diff != "" {
		t.Error("with another definition: ", diff)
	}
}

// A result that is older than the lock of its stage is one of other inputs.
func TestAnOutdatedResultWaits(t *testing.T) {
	dir := t.TempDir()
	s := &stages.Stage{Name: "autoencoders/a", Epochs: 3}
	folder := filepath.Join(dir, s.Name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, stages.ResultFile)
	if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	unlock, err := (&stages.Dir{Path: dir}).Lock([]*stages.Stage{s}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if diff := cmp.Diff([]State{Running, Waiting}, states(t, dir, []*stages.Stage{s})); diff != "" {
		t.Error(diff)
	}
}

func TestATrainingsEpochs(t *testing.T) {
	line := func(epoch, seconds string) string {
		return `{"epoch":` + epoch + `,"loss":0.5,"test":{"bce":0.6},"seconds":` + seconds + "}\n"
	}
	for name, c := range map[string]struct {
		metrics string
		epoch   int
		each    float64
	}{
		"none yet":           {"", 0, 0},
		"one":                {line("1", "4"), 1, 4},
		"a line in the work": {line("1", "4") + line("2", "6") + `{"epoch":3,"lo`, 2, 3},
		"the last five of seven": {line("1", "100") + line("2", "102") + line("3", "104") + line("4", "106") + line("5", "108") + line("6", "110") +
			line("7", "112"), 7, 2},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, metrics.File), []byte(c.metrics), 0o644); err != nil {
			t.Fatal(err)
		}
		s := Stage{Epochs: 10}
		if err := s.readMetrics(dir); err != nil {
			t.Fatal(err)
		}
		if s.Epoch != c.epoch || s.EpochSeconds != c.each {
			t.Errorf("%s: epoch %d, %v s each; want %d, %v", name, s.Epoch, s.EpochSeconds, c.epoch, c.each)
		}
	}
}

// Of a long file only the end is read, whose first line is torn.
func TestTheEndOfALongTraining(t *testing.T) {
	dir := t.TempDir()
	var text []byte
	for epoch := range 3000 {
		text = append(text, []byte(`{"epoch":`+strconv.Itoa(epoch+1)+`,"loss":2.3,"seconds":`+strconv.Itoa(2*(epoch+1))+"}\n")...)
	}
	if err := os.WriteFile(filepath.Join(dir, metrics.File), text, 0o644); err != nil {
		t.Fatal(err)
	}
	s := Stage{Epochs: 4000}
	if err := s.readMetrics(dir); err != nil || s.Epoch != 3000 || s.EpochSeconds != 2 || s.Last.Loss != 2.3 {
		t.Errorf("epoch %d, %v s each, %+v, %v", s.Epoch, s.EpochSeconds, s.Last, err)
	}
}
