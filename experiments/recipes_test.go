package experiments

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/vision"
)

// recipesReport trains by every optimizer and schedule; mse and end_to_end by plan.
func recipesReport(t *testing.T, sets ...string) (*config.Definition, *vision.Dataset) {
	t.Helper()
	definition := smallReport(t, append([]string{"data.train=128", "features.images=16", "figures=[architecture]", "train.epochs=3",
		"classifiers.random=null", "classifiers.pretrained=null",
		"autoencoders.bce={optimizer: sgd, momentum: 0.9, nesterov: true, weight_decay: 0.001, decay: weights, learning_rate: 0.1, schedule: {type: cosine}}",
		"autoencoders.l1={optimizer: adamw, weight_decay: 0.01, schedule: {type: steps, at: [1]}}",
		"autoencoders.mse={schedule: {type: cosine, warm_up: 1}}",
		"classifiers.end_to_end={schedule: {warm_up: 1}}"}, sets...)...)
	return definition, smallData(t, definition)
}

// TestRecipesRunAndVerify runs them, verifies the run, and then prolongs it, which
// those with a cosine cannot be: they begin again.
func TestRecipesRunAndVerify(t *testing.T) {
	definition, data := recipesReport(t)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	for stage, plan := range map[string]bool{"autoencoders/bce": false, "autoencoders/l1": false, "autoencoders/mse": true, "classifiers/end_to_end": true} {
		result, err := stages.ReadResult(filepath.Join(dir, stage))
		if err != nil {
			t.Fatal(err)
		}
		if want := plan && train.Plannable(); result.Training.Plan != want {
			t.Errorf("%s: trained by plan: %v, want %v", stage, result.Training.Plan, want)
		}
	}
	verify := func() (problems []string) {
		err := Verify(t.Context(), definition, data, Options{Dir: dir, Device: torch.CPU, Threads: 1}, func(c stages.Check) {
			if c.Verdict != stages.Equal {
				problems = append(problems, c.Subject+": "+strings.Join(c.Differences, "; "))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return problems
	}
	if problems := verify(); problems != nil {
		t.Errorf("an untouched run differs: %q", problems)
	}
	path := filepath.Join(dir, "autoencoders/mse", metrics.File)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The warm-up's rate, half of the whole, and that of the cosine's middle.
	if n := strings.Count(string(text), `"learning_rate":0.0005`); n != 2 {
		t.Fatalf("%d epochs have half the learning rate: %s", n, text)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), `"learning_rate":0.0005`, `"learning_rate":0.0006`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	const want = "line 1: a learning rate of 0.0006, the schedule makes it 0.0005"
	if problems := strings.Join(verify(), "\n"); !strings.Contains(problems, want) {
		t.Errorf("a changed learning rate: %q, want %q", problems, want)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}

	longer, _ := recipesReport(t, "train.epochs=4")
	events, err := runInto(t, t.Context(), dir, "", longer, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"autoencoders/l1", "classifiers/end_to_end"}, stagesOf(events, metrics.StageResumed)); diff != "" {
		t.Errorf("resumed: %s", diff)
	}
	for _, stage := range []string{"autoencoders/bce", "autoencoders/mse"} {
		if kept, err := filepath.Glob(filepath.Join(dir, "superseded", stage+"-*")); err != nil || len(kept) != 1 {
			t.Errorf("%s: kept of the shorter one: %v, %v", stage, kept, err)
		}
	}
}

// TestPlansFollowTheSchedule trains by plan and by autograd, and by plan with
// interruptions.
func TestPlansFollowTheSchedule(t *testing.T) {
	requirePlans(t)
	const stage = "autoencoders/mse"
	definition, data := recipesReport(t)
	run := func(ctx context.Context, definition *config.Definition, dir string, autograd bool) error {
		return Run(ctx, definition, data, Options{Dir: dir, Only: stage, Device: torch.CPU, Threads: 1, Autograd: autograd, atOnce: 1})
	}
	train := func(definition *config.Definition, autograd bool) (dir string, lines []metrics.Epoch) {
		dir = t.TempDir()
		if err := run(t.Context(), definition, dir, autograd); err != nil {
			t.Fatal(err)
		}
		return dir, metricsWithoutTimes(t, filepath.Join(dir, stage))
	}
	whole, byPlan := train(definition, false)
	_, byAutograd := train(definition, true)
	constant, _ := recipesReport(t, "autoencoders.mse.schedule.type=constant")
	_, unscheduled := train(constant, false)
	for i, want := range byAutograd {
		got := byPlan[i]
		if d := math.Abs(got.Loss/want.Loss - 1); !(d < 1e-4) || got.LearningRate != want.LearningRate {
			t.Errorf("epoch %d: loss %g at rate %g by plan, %g at %g by autograd", i+1, got.Loss, got.LearningRate, want.Loss, want.LearningRate)
		}
	}
	if d := math.Abs(unscheduled[2].Loss/byPlan[2].Loss - 1); d < 1e-3 {
		t.Errorf("the schedule makes a difference of %g only: nothing was compared", d)
	}

	pieces := t.TempDir()
	for interruptions := 0; ; interruptions++ {
		err := run(&countdown{Context: t.Context(), left: 3 + interruptions%3}, definition, pieces, false)
		if err == nil {
			if interruptions < 3 {
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
