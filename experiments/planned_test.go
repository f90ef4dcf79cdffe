package experiments

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
)

// requirePlans skips a test on a processor that plans are not made for.
func requirePlans(t testing.TB) {
	t.Helper()
	if !train.Plannable() {
		t.Skip("no plans without AVX2")
	}
}

// TestPlanIsAutograd trains networks of every kind by plan and by autograd, for
// some steps on the same batches, the last of which is smaller: the losses must be
// the same but for rounding.
func TestPlanIsAutograd(t *testing.T) {
	requirePlans(t)
	for name, c := range map[string]struct {
		stage string
		sets  []string
	}{
		"bce":       {"autoencoders/bce", nil},
		"bce exact": {"autoencoders/bce", []string{"numerics.bce=exact"}},
		"l1":        {"autoencoders/l1", nil},
		"mse":       {"autoencoders/mse", nil},
		"a sum of losses": {"autoencoders/both", []string{
			"autoencoders.both={losses: {bce: 1, l1: 0.5, mse: 0.25}}"}},
		"batch of 40":     {"autoencoders/bce", []string{"train.batch=40"}},
		"frozen":          {"classifiers/random", nil},
		"frozen, max":     {"classifiers/random", []string{"model.pool=max"}},
		"frozen, flatten": {"classifiers/random", []string{"model.pool=flatten"}},
		"end to end":      {"classifiers/end_to_end", nil},
		"end to end, max": {"classifiers/end_to_end", []string{"model.pool=max"}},
		"end to end, flattened": {"classifiers/end_to_end",
			[]string{"model.pool=flatten"}},
		"joint":   {"classifiers/joint", []string{jointClassifier}},
		"decoder": {"classifiers/tail", []string{"classifiers.tail={encoder: random, trains: [decoder, classifier], losses: {mse: 2, cross_entropy: 1}}"}},
		"other layers": {"classifiers/joint", []string{"autoencoders.bce=null", "autoencoders.l1=null", "autoencoders.mse=null", "classifiers.pretrained=null", "features.images=0", "figures=[]",
			"model.encoder=[{type: conv2d, out: 9, kernel: 3, stride: 1, padding: 1, bias: false}, {type: relu}, {type: max_pool2d, kernel: 2, stride: 2}," +
				" {type: conv2d, out: 16, kernel: 5, stride: 2, padding: 2}, {type: sigmoid}]",
			"model.decoder=[{type: conv_transpose2d, out: 10, kernel: 3, stride: 2, padding: 1, output_padding: 1}, {type: relu}," +
				" {type: conv_transpose2d, out: 3, kernel: 2, stride: 2}]",
			"classifiers.joint={encoder: random, trains: [classifier, decoder, encoder], losses: {l1: 1, mse: 1, cross_entropy: 1}}"}},
	} {
		t.Run(name, func(t *testing.T) {
			definition := smallReport(t, append([]string{"data.train=300", "train.epochs=1"}, c.sets...)...)
			data := smallData(t, definition)
			losses := func(autograd bool) []float64 {
				unpin, err := torch.Pin()
				if err != nil {
					t.Fatal(err)
				}
				defer unpin()
				r := testRunOf(t, definition, data)
				r.autograd = autograd
				_, task := stageAndTask(t, r, c.stage)
				defer task.Drop()
				tr := openTrainer(t, r, c.stage, task)
				if tr.ByPlan() == autograd {
					t.Fatalf("by plan: %v", tr.ByPlan())
				}
				return lossesOf(t, tr, (300+task.Settings.Batch-1)/task.Settings.Batch)
			}
			want, got := losses(true), losses(false)
			for i := range want {
				if d := math.Abs(got[i]/want[i] - 1); !(d < 1e-5) {
					t.Errorf("step %d: the loss is %g by plan, %g by autograd", i+1, got[i], want[i])
				}
			}
		})
	}
}

// TestTrainingsByPlanAreMarked interrupts a training that began each way and
// resumes it the other way, which it must not follow.
func TestTrainingsByPlanAreMarked(t *testing.T) {
	requirePlans(t)
	const stage = "autoencoders/bce"
	definition := smallReport(t, tiny("train.epochs=2")...)
	data := smallData(t, definition)
	run := func(ctx context.Context, dir string, autograd bool) error {
		return Run(ctx, definition, data, Options{Dir: dir, Only: stage, Device: torch.CPU, Threads: 1, Autograd: autograd})
	}
	whole := map[bool]string{}
	for _, autograd := range []bool{false, true} {
		whole[autograd] = t.TempDir()
		if err := run(t.Context(), whole[autograd], autograd); err != nil {
			t.Fatal(err)
		}
		result, err := stages.ReadResult(filepath.Join(whole[autograd], stage))
		if err != nil {
			t.Fatal(err)
		}
		if result.Training.Plan == autograd {
			t.Errorf("autograd %v: the result says plan %v", autograd, result.Training.Plan)
		}
	}

	begin := func(autograd bool) (dir string) {
		dir = t.TempDir()
		if err := run(&countdown{Context: t.Context(), left: 4}, dir, autograd); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		return dir
	}
	began := begin(true)
	if err := run(t.Context(), began, false); err != nil {
		t.Fatal(err)
	}
	compareStage(t, filepath.Join(whole[true], stage), filepath.Join(began, stage))

	began = begin(false)
	if err := run(t.Context(), began, true); err == nil || !strings.Contains(err.Error(), "--autograd") {
		t.Errorf("a training by plan goes on by autograd: %v", err)
	}
	if err := run(t.Context(), began, false); err != nil {
		t.Fatal(err)
	}
	compareStage(t, filepath.Join(whole[false], stage), filepath.Join(began, stage))
}

// TestPlansKnowObjectives looks for losses of plans that there are no more, and
// for any of the report's without a plan, which would train slowly.
func TestPlansKnowObjectives(t *testing.T) {
	for name := range lossKinds {
		if _, known := objectives[name]; !known {
			t.Errorf("plans know %s, which is no objective", name)
		}
	}
	for _, name := range []string{"bce", "l1", "mse", "cross_entropy"} {
		if lossKinds[name] == nil {
			t.Errorf("plans do not know %s", name)
		}
	}
}

// TestPlansKnowEveryPool asks for a plan of each.
func TestPlansKnowEveryPool(t *testing.T) {
	for _, pool := range config.Pools {
		definition := smallReport(t, "model.pool="+pool)
		r := testRunOf(t, definition, smallData(t, definition))
		network, _, err := r.newClassifier("")
		if err != nil {
			t.Fatal(err)
		}
		n, err := planImages(r.trainImages, r.data.Shape, true)
		if err == nil {
			_, err = (&planned{network: network.AutoEncoder, classifier: network, plan: n}).Logits()
		}
		if err != nil {
			t.Errorf("pool %s: %v", pool, err)
		}
		network.Drop()
	}
}
