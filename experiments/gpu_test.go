package experiments

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// noGPU says why there is none to test on. libtorch must hear of the GPU before
// anything is computed.
var noGPU = torch.LoadGraphs()

// gpuRun is a run of definition on a GPU, in an empty folder. The test is
// skipped where there is none.
func gpuRun(t testing.TB, definition *config.Definition, data *vision.Dataset) *setup {
	t.Helper()
	if noGPU != nil {
		t.Skip(noGPU)
	}
	r := newSetup(definition, data, Options{Dir: t.TempDir(), Device: torch.Device{CUDA: 0}, Threads: 1, Events: func(e metrics.Event) {
		if e.Kind == metrics.Warning {
			t.Errorf("warning: %s", e.Message)
		}
	}})
	drop, err := r.loadImages()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(drop)
	return r
}

// TestPrecisionDecidesStagesOfAGPUAlone compares fingerprints: what was
// computed on the CPU, or before a definition could say otherwise, stays.
func TestPrecisionDecidesStagesOfAGPUAlone(t *testing.T) {
	gpu := torch.Device{CUDA: 0}
	fingerprints := func(device torch.Device, sets ...string) map[string]fingerprint.Sum {
		r := newSetup(smallReport(t, sets...), new(vision.Dataset), Options{Device: device, Threads: 1})
		stages, err := r.unfold()
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]fingerprint.Sum{}
		for _, s := range stages {
			all[s.Name] = s.Fingerprint()
		}
		return all
	}
	cpu := fingerprints(torch.CPU)
	for _, set := range []string{"precision.tf32=false", "precision.bf16=true"} {
		if diff := cmp.Diff(cpu, fingerprints(torch.CPU, set)); diff != "" {
			t.Errorf("on the CPU %s changes\n%s", set, diff)
		}
		for name, f := range fingerprints(gpu, set) {
			if f == cpu[name] {
				t.Errorf("on a GPU %s does not change %s", set, name)
			}
		}
	}
	if diff := cmp.Diff(cpu, fingerprints(gpu)); diff != "" {
		t.Errorf("a GPU changes\n%s", diff)
	}
	if len(cpu) != 8 {
		t.Errorf("%d stages", len(cpu))
	}
}

func TestStagesShareAGPUHoweverFewCores(t *testing.T) {
	definition := smallReport(t)
	for _, c := range []struct {
		device          torch.Device
		threads         int
		slots, threads1 int
	}{
		{torch.CPU, 1, 1, 1},
		{torch.CPU, 16, 6, 2},
		{torch.Device{CUDA: 0}, 1, 6, 1},
		{torch.Device{CUDA: 0}, 16, 6, 1},
	} {
		r := newSetup(definition, new(vision.Dataset), Options{Device: c.device, Threads: c.threads})
		if r.dir.Slots != c.slots || r.threads != c.threads1 {
			t.Errorf("%s with %d threads: %d stages of %d threads, want %d of %d",
				c.device, c.threads, r.dir.Slots, r.threads, c.slots, c.threads1)
		}
	}
}

// TestGPUStepsReplayedAreThePlainOnes compares a training without graphs and
// one with them, which is interrupted.
func TestGPUStepsReplayedAreThePlainOnes(t *testing.T) {
	for _, c := range []struct{ name, set string }{
		{"autoencoders/bce", ""}, {"classifiers/random", ""}, {"classifiers/end_to_end", ""}, {"classifiers/end_to_end", "precision.bf16=true"},
		{"autoencoders/bce", "train.augment={crop: 0.2, flip: 0.5, grey: 0.2, colour: 0.4}"},
	} {
		t.Run(c.name+c.set, func(t *testing.T) {
			name, sets := c.name, []string{}
			if c.set != "" {
				sets = append(sets, c.set)
			}
			definition := replayable(t, sets...)
			data := smallData(t, definition)
			plain, replayed := gpuRun(t, definition, data), gpuRun(t, definition, data)
			plain.record = nil
			if err := trainStage(t, t.Context(), plain, name, nil); err != nil {
				t.Fatal(err)
			}
			err := trainStage(t, &countdown{Context: t.Context(), left: 40}, replayed, name, replayed.record)
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if err := trainStage(t, t.Context(), replayed, name, replayed.record); err != nil {
				t.Fatal(err)
			}
			compareStage(t, filepath.Join(plain.dir.Path, name), filepath.Join(replayed.dir.Path, name))
		})
	}
}

// TestGPUStagesSideBySideAreThoseAlone runs all stages at once, on streams of
// their own, and then each by itself.
func TestGPUStagesSideBySideAreThoseAlone(t *testing.T) {
	definition := smallReport(t)
	together := gpuRun(t, definition, smallData(t, definition))
	alone := gpuRun(t, definition, together.data)
	all, err := together.unfold()
	if err != nil {
		t.Fatal(err)
	}
	if err := together.dir.Run(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for _, stage := range all {
		if stage.Epochs == 0 {
			continue
		}
		just, err := alone.unfold()
		if err != nil {
			t.Fatal(err)
		}
		if just, err = stages.Closure(just, stage.Name); err != nil {
			t.Fatal(err)
		}
		if err := alone.dir.Run(t.Context(), just); err != nil {
			t.Fatal(err)
		}
		compareStage(t, together.dir.Folder(stage), alone.dir.Folder(stage))
	}
}

// TestGPUFirstLossesAreThoseOfPyTorch computes in full float32, and compares
// with the losses of the CPU, from which sums in another order differ.
func TestGPUFirstLossesAreThoseOfPyTorch(t *testing.T) {
	var want pytorchLosses
	readTestdata(t, "losses.json", &want)
	definition, err := config.Load("report", []string{"precision.tf32=false"})
	if err != nil {
		t.Fatal(err)
	}
	for name, stageName := range trainingsLikePyTorch {
		t.Run(name, func(t *testing.T) {
			r := gpuRun(t, definition, drawnDataset(want.Drawn.N))
			compareLosses(t, firstLosses(t, r, stageName, 30), want.Drawn.Runs[name].First, 1e-4)
		})
	}
}

// firstLosses are those of a training's first steps.
func firstLosses(t *testing.T, r *setup, stageName string, steps int) []float64 {
	t.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	defer unpin()
	var losses []float64
	err = torch.OnOwnStream(r.device, func() error {
		_, task := stageAndTask(t, r, stageName)
		defer task.Drop()
		tr := openTrainer(t, r, stageName, task)
		left := steps
		if err := tr.Measure(func() bool { left--; return left >= 0 }); err != nil {
			return err
		}
		values, err := tr.Losses(steps)
		if err != nil {
			return err
		}
		for _, loss := range values {
			losses = append(losses, float64(loss))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return losses
}
