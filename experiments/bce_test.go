package experiments

import (
	"math"
	"slices"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
)

// saturatedRun is a training of bench/pytorch/expected.py's bce.json, at a
// learning rate that drives the decoder's sigmoid to 0 or 1.
type saturatedRun struct {
	Loss         string
	LearningRate float64 `json:"learning_rate"`
	Losses       []float64
	Tests        []metrics.Scores
}

// TestSaturatedLossesAreThoseOfPyTorch trains whole epochs and tests after each,
// to 1e-5 of what PyTorch says.
func TestSaturatedLossesAreThoseOfPyTorch(t *testing.T) {
	var want struct {
		N    int
		Runs []saturatedRun
	}
	readTestdata(t, "bce.json", &want)
	data := drawnDataset(want.N)
	for _, run := range want.Runs {
		definition, err := config.Load("report", nil)
		if err != nil {
			t.Fatal(err)
		}
		spec := definition.Autoencoders[run.Loss]
		spec.LearningRate = run.LearningRate
		definition.Autoencoders[run.Loss] = spec
		losses, tests := trainAndTest(t, testRunOf(t, definition, data), spec, len(run.Tests))
		near := func(what string, i int, got, want float64) {
			if !(math.Abs(got-want) <= 1e-5*max(1, want)) {
				t.Errorf("%s, learning rate %g: %s %d is %.8g, PyTorch's %.8g", run.Loss, run.LearningRate, what, i, got, want)
			}
		}
		if len(losses) != len(run.Losses) || len(losses) == 0 {
			t.Fatalf("%d losses, want %d", len(losses), len(run.Losses))
		}
		for i, loss := range run.Losses {
			near("loss", i, losses[i], loss)
		}
		for i, scores := range run.Tests {
			for name, score := range scores {
				near("test "+name, i, tests[i][name], score)
			}
		}
		if highest := slices.Max(losses); run.Loss == "bce" && highest < 30 {
			t.Errorf("learning rate %g: the greatest loss is %g, so nothing was saturated", run.LearningRate, highest)
		}
	}
}

// trainAndTest trains an auto-encoder for the given epochs and returns the loss
// of every step and the scores after each epoch.
func trainAndTest(t *testing.T, r *setup, spec config.Autoencoder, epochs int) (losses []float64, tests []metrics.Scores) {
	t.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	defer unpin()
	task, err := r.newAutoencoderTask(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer task.Drop()
	tr := openTrainer(t, r, "autoencoders/"+spec.Loss, task)
	steps := (task.Examples + task.Settings.Batch - 1) / task.Settings.Batch
	for range epochs {
		losses = append(losses, lossesOf(t, tr, steps)...)
		scores, err := task.Test(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tests = append(tests, scores)
	}
	return losses, tests
}

// TestBCEIsOfTheDefinition trains and tests with either form where they differ:
// the exact one has no bound.
func TestBCEIsOfTheDefinition(t *testing.T) {
	data := drawnDataset(64)
	greatest := map[string]float64{}
	inputs := map[string]string{}
	for _, form := range config.BCEForms {
		definition, err := config.Load("report", []string{"numerics.bce=" + form, "train.learning_rate=1"})
		if err != nil {
			t.Fatal(err)
		}
		r := testRunOf(t, definition, data)
		losses, tests := trainAndTest(t, r, definition.Autoencoders["bce"], 2)
		greatest[form] = slices.Max(losses)
		for _, scores := range tests {
			greatest[form+" test"] = max(greatest[form+" test"], scores["bce"])
		}
		all, err := r.unfold()
		if err != nil {
			t.Fatal(err)
		}
		if all, err = stages.Closure(all, "autoencoders/l1"); err != nil { // which is tested by bce, too
			t.Fatal(err)
		}
		inputs[form] = string(all[0].CanonicalInputs())
	}
	if c, e := greatest["clamped"], greatest["exact"]; c > 100 || e < 1000 {
		t.Errorf("losses reach %g clamped and %g exact", c, e)
	}
	if c, e := greatest["clamped test"], greatest["exact test"]; c > 100 || e < 100 {
		t.Errorf("test losses reach %g clamped and %g exact", c, e)
	}
	if c, e := inputs["clamped"], inputs["exact"]; strings.Contains(c, "numerics") || !strings.Contains(e, `"numerics":{"bce":"exact"}`) {
		t.Errorf("a fingerprint's inputs: %s clamped, %s exact", c, e)
	}
}
