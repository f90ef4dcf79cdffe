package experiments

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"aeprobe/internal/forecast"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
)

// Of a training without like ones the FLOPs decide; then what an epoch took, of
// those that are left.
func TestStagesTakeWhatLikeOnesTook(t *testing.T) {
	definition := smallReport(t, "train.epochs=10", "autoencoders.l1=null", "autoencoders.mse=null", "classifiers.pretrained=null")
	data := smallData(t, definition)
	s := newSetup(definition, data, Options{Dir: t.TempDir(), Device: torch.CPU, Threads: 1,
		Speeds: forecast.Open(filepath.Join(t.TempDir(), "speeds.json"))})
	wanted, err := s.unfold()
	if err != nil {
		t.Fatal(err)
	}
	s.dir.Slots = 1
	before, err := s.forecast(wanted)
	if err != nil {
		t.Fatal(err)
	}
	trainings := len(definition.Autoencoders) + len(definition.Classifiers)
	if before.Estimated != trainings || before.Measured != 0 || before.Unknown != len(wanted)-trainings || before.Seconds <= 0 {
		t.Errorf("before: %+v", before)
	}
	// What was taken from another run says nothing.
	w := &stopwatch{setup: s, byName: byName(wanted), begun: map[string]lap{}}
	clock := time.Unix(0, 0)
	w.now = func() time.Time { return clock }
	for _, stage := range wanted {
		for _, kind := range []metrics.EventKind{metrics.StageStarted, metrics.Note, metrics.StageFinished} {
			w.hear(metrics.Event{Kind: kind, Stage: stage.Name})
		}
	}
	if taken, err := s.forecast(wanted); err != nil || taken.Measured != 0 {
		t.Errorf("taken: %+v, %v", taken, err)
	}
	// Each training's epochs took 2 s, all other stages 3 s.
	for _, stage := range wanted {
		w.hear(metrics.Event{Kind: metrics.StageStarted, Stage: stage.Name})
		clock = clock.Add(3 * time.Second)
		if stage.Epochs > 0 {
			w.hear(metrics.Event{Kind: metrics.StageResumed, Stage: stage.Name, Epoch: 4, Epochs: stage.Epochs})
			clock = clock.Add(time.Duration(stage.Epochs-4) * 2 * time.Second)
		}
		w.hear(metrics.Event{Kind: metrics.StageFinished, Stage: stage.Name})
	}
	after, err := s.forecast(wanted)
	if err != nil {
		t.Fatal(err)
	}
	want := float64(trainings)*10*2 + float64(len(wanted)-trainings)*3
	if after.Measured != len(wanted) || math.Abs(after.Seconds-want) > 1e-9 {
		t.Errorf("after: %+v, want %v s", after, want)
	}
}
