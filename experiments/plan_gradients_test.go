package experiments

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/vision"
)

// randomNetwork are settings of an auto-encoder and a classifier of layers that plans know,
// with a loss for each: one to three layers that halve the map, and as many that double it.
func randomNetwork(r *rand.Rand) []string {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	halves := func(out int) string {
		bias := pick("", ", bias: false")
		return fmt.Sprintf(pick(
			"{type: conv2d, out: %d, kernel: 4, stride: 2, padding: 1%s}",
			"{type: conv2d, out: %d, kernel: 2, stride: 2%s}",
			"{type: conv2d, out: %d, kernel: 5, stride: 2, padding: 2%s}",
			"{type: conv2d, out: %d, kernel: 3, stride: 1, padding: 1%s}, {type: max_pool2d, kernel: 2, stride: 2}"), out, bias)
	}
	doubles := func(out int) string {
		bias := pick("", ", bias: false")
		return fmt.Sprintf(pick(
			"{type: conv_transpose2d, out: %d, kernel: 4, stride: 2, padding: 1%s}",
			"{type: conv_transpose2d, out: %d, kernel: 2, stride: 2%s}",
			"{type: conv_transpose2d, out: %d, kernel: 3, stride: 2, padding: 1, output_padding: 1%s}"), out, bias)
	}
	var encoder, decoder []string
	depth := 1 + r.IntN(3)
	for range depth {
		encoder = append(encoder, halves(1+r.IntN(30)), pick("{type: relu}", "{type: sigmoid}"))
	}
	for i := range depth {
		out := 1 + r.IntN(30)
		if i == depth-1 {
			out = 3
		}
		decoder = append(decoder, doubles(out), pick("{type: relu}", "{type: sigmoid}"))
	}
	decoder[len(decoder)-1] = "{type: sigmoid}"
	return []string{"autoencoders={bce: null, l1: null, mse: null, own: {losses: {" + pick("bce: 1", "l1: 2, mse: 1", "bce: 0.5, l1: 1") + "}}}",
		"classifiers={pretrained: null, joint: {encoder: random, trains: [classifier, decoder, encoder], losses: {" + pick("bce: 1", "mse: 3", "l1: 1") + ", cross_entropy: 0.5}}}",
		"features.images=0", "figures=[]", "model.pool=" + pick("avg", "max", "flatten"),
		"model.encoder=[" + strings.Join(encoder, ", ") + "]", "model.decoder=[" + strings.Join(decoder, ", ") + "]"}
}

// TestPlanHasTheGradientsOfAutograd takes one step of random networks each way. Adam's first
// average is a tenth of the gradient; both must agree to a share of a tensor's largest
// element, for others are sums of what nearly cancels.
func TestPlanHasTheGradientsOfAutograd(t *testing.T) {
	requirePlans(t)
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 0))
		batch := 1 + r.IntN(40)
		sets := append(randomNetwork(r), fmt.Sprint("train.batch=", batch), "data.train=200", "data.test=20", "evaluate.protocols=[full]")
		definition := smallReport(t, sets...)
		data := smallData(t, definition)
		for _, stage := range []string{"autoencoders/own", "classifiers/joint"} {
			byPlan, byAutograd := afterOneStep(t, definition, data, stage, false), afterOneStep(t, definition, data, stage, true)
			compared := 0
			for name, want := range byAutograd {
				if !strings.HasPrefix(name, "adam.average.") {
					continue
				}
				compared++
				got, largest := byPlan[name], 0.0
				for _, x := range want {
					largest = max(largest, math.Abs(float64(x)))
				}
				if len(got) != len(want) {
					t.Fatalf("seed %d, %s: %d elements of %s, want %d", seed, stage, len(got), name, len(want))
				}
				for i := range want {
					if d := math.Abs(float64(got[i] - want[i])); !(d <= 1e-5*largest) {
						t.Errorf("seed %d, %s: element %d of %s is %g by plan, %g by autograd, the largest %g\n%s", seed, stage, i, name, got[i], want[i], largest, strings.Join(sets, "\n"))
						break
					}
				}
			}
			if compared < 2 {
				t.Errorf("seed %d, %s: %d tensors compared", seed, stage, compared)
			}
		}
	}
}

// afterOneStep are the tensors of a training's checkpoint after its first step.
func afterOneStep(t *testing.T, definition *config.Definition, data *vision.Dataset, stage string, autograd bool) map[string][]float32 {
	t.Helper()
	for left := 1; left < 20; left++ {
		dir := t.TempDir()
		steps := interruptedAfter(t, definition, data, Options{Dir: dir, Only: stage, Device: torch.CPU, Threads: 1, Autograd: autograd}, left)
		if steps > 1 {
			t.Fatalf("%s: %d steps at once", stage, steps)
		}
		if steps == 1 {
			return tensorsOf(t, filepath.Join(dir, stage, train.StateFile))
		}
	}
	t.Fatalf("%s takes no step", stage)
	return nil
}

// interruptedAfter runs until the run has asked so often whether to go on, and returns how
// many steps its checkpoint has; 0 if there is none.
func interruptedAfter(t *testing.T, definition *config.Definition, data *vision.Dataset, o Options, left int) int {
	t.Helper()
	o.atOnce = 1
	if err := Run(&countdown{Context: t.Context(), left: left}, definition, data, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	path := filepath.Join(o.Dir, o.Only, train.StateFile)
	if _, err := os.Stat(path); err != nil {
		return 0
	}
	return int(tensorsOf(t, path)["adam.step"][0])
}

// tensorsOf are a file's float32 tensors.
func tensorsOf(t *testing.T, path string) map[string][]float32 {
	t.Helper()
	content, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]float32{}
	for name, tensor := range content.Tensors {
		if values, err := tensor.Float32s(); err == nil {
			all[name] = values
		}
	}
	return all
}

// TestAllotment checks that stages by plan share all threads, and never have fewer than
// their own.
func TestAllotment(t *testing.T) {
	definition := smallReport(t)
	s := newSetup(definition, smallData(t, definition), Options{Device: torch.CPU, Threads: 5})
	if s.threads != 1 {
		t.Fatalf("%d threads for each of six trainings on 5 cores", s.threads)
	}
	if err := s.onThread(func() error {
		if s.working.Load() != 1 {
			t.Errorf("%d stages work, not 1", s.working.Load())
		}
		return nil
	}); err != nil || s.working.Load() != 0 {
		t.Errorf("%v, and %d stages work", err, s.working.Load())
	}
	cores := runtime.GOMAXPROCS(5)
	defer runtime.GOMAXPROCS(cores)
	for working, want := range []int{5, 5, 2, 1, 1, 1, 1} {
		s.working.Store(int32(working))
		if got := s.allotment(); got != want {
			t.Errorf("%d threads where %d stages work, want %d", got, working, want)
		}
	}
}

// TestThreadsComeAndGo trains by plan with other numbers of threads from step to step,
// which must not change a bit.
func TestThreadsComeAndGo(t *testing.T) {
	requirePlans(t)
	definition := smallReport(t, "data.train=104", "features.images=16", "figures=[architecture]",
		"train.schedule={type: steps, at: [1], factor: 0.5}") // two learning rates
	data := smallData(t, definition)
	for _, stage := range []string{"autoencoders/bce", "classifiers/end_to_end"} {
		constant := Options{Dir: t.TempDir(), Only: stage, Device: torch.CPU, Threads: 1}
		if err := Run(t.Context(), definition, data, constant); err != nil {
			t.Fatal(err)
		}
		asked := 0
		changing := constant
		changing.Dir, changing.atOnce = t.TempDir(), 1
		changing.allotted = func() int {
			asked++
			if asked > 9 { // a plan that is made in the second epoch has its learning rate
				return 4
			}
			return []int{1, 3, 2, 2, 1}[asked%5]
		}
		if err := Run(t.Context(), definition, data, changing); err != nil {
			t.Fatal(err)
		}
		if asked < 14 {
			t.Errorf("%s: asked for its threads %d times in 14 steps", stage, asked)
		}
		compareStage(t, filepath.Join(constant.Dir, stage), filepath.Join(changing.Dir, stage))
	}
}

// TestResumesAtEveryStep stops a training by plan, of two threads, after each of its steps.
func TestResumesAtEveryStep(t *testing.T) {
	requirePlans(t)
	definition := smallReport(t, "data.train=104", "features.images=16", "figures=[architecture]", "autoencoders.l1=null", "autoencoders.mse=null") // two epochs of six batches of 16, and one of 8
	data := smallData(t, definition)
	for _, stage := range []string{"autoencoders/bce", "classifiers/end_to_end"} {
		whole := Options{Dir: t.TempDir(), Only: stage, Device: torch.CPU, Threads: 2}
		if err := Run(t.Context(), definition, data, whole); err != nil {
			t.Fatal(err)
		}
		pieces := whole
		pieces.Dir = t.TempDir()
		pieces.atOnce = 1
		last, seen := 0, 0
		for left := 1; seen < 13; {
			steps := interruptedAfter(t, definition, data, pieces, left)
			switch {
			case steps == last:
				left++ // it was stopped before its first step
			case steps == last+1:
				last, left = steps, 1
				seen++
			default:
				t.Fatalf("%s: %d steps after %d", stage, steps, last)
			}
			if left > 40 {
				t.Fatalf("%s takes no step after %d", stage, last)
			}
		}
		if err := Run(t.Context(), definition, data, pieces); err != nil {
			t.Fatal(err)
		}
		compareStage(t, filepath.Join(whole.Dir, stage), filepath.Join(pieces.Dir, stage))
	}
}
