package experiments

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/vision"
)

// pytorchLosses are the losses of bench/pytorch/original.py's first steps;
// bench/pytorch/expected.py made them.
type pytorchLosses struct {
	Drawn, CIFAR10 struct {
		N    int
		Runs map[string]struct {
			First   []float64
			Weights map[string][]float64
			Last    []float64
		}
	}
}

// trainingsLikePyTorch maps a run of losses.json to the stage that repeats it.
var trainingsLikePyTorch = map[string]string{
	"bce": "autoencoders/bce", "l1": "autoencoders/l1", "mse": "autoencoders/mse",
	"random": "classifiers/random", "end_to_end": "classifiers/end_to_end",
}

// TestFirstLossesAreThoseOfPyTorch trains 30 steps from the same seed on the
// same images: the weights, the order of the images, the losses and the
// optimizer must all agree for the losses to.
func TestFirstLossesAreThoseOfPyTorch(t *testing.T) {
	var want pytorchLosses
	readTestdata(t, "losses.json", &want)
	data := drawnDataset(want.Drawn.N)
	for name, stageName := range trainingsLikePyTorch {
		for how, autograd := range map[string]bool{"plan": false, "autograd": true} {
			t.Run("drawn/"+name+"/"+how, func(t *testing.T) {
				losses := stepLosses(t, data, stageName, autograd, 2, 0)
				compareLosses(t, losses[:30], want.Drawn.Runs[name].First, 1e-5)
				// By the end of the second epoch rounding has grown; another
				// order of the images or a lost draw would still be seen.
				last := want.Drawn.Runs[name].Last
				compareLosses(t, losses[len(losses)-len(last):], last, 1e-3)
			})
		}
	}
	if os.Getenv("CIFAR10_DIR") == "" {
		t.Log("CIFAR10_DIR is not set: not compared on CIFAR-10's images")
		return
	}
	cifar, err := vision.Open(t.Context(), "cifar10", vision.Options{Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, stageName := range trainingsLikePyTorch {
		t.Run("cifar10/"+name, func(t *testing.T) {
			if cifar.Origin != vision.Modified {
				t.Skip("the expected losses are of images made from JPEG copies")
			}
			for _, autograd := range []bool{false, true} {
				compareLosses(t, stepLosses(t, cifar, stageName, autograd, 1, 30), want.CIFAR10.Runs[name].First, 1e-5)
			}
		})
	}
}

// stepLosses trains a stage of the report definition for the given epochs, or
// steps where that is not 0, by plan where there is one or by autograd, and
// returns the loss of every step.
func stepLosses(t *testing.T, data *vision.Dataset, stageName string, autograd bool, epochs, steps int) []float64 {
	t.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	defer unpin()
	r := testRun(t, data)
	r.autograd = autograd
	_, task := stageAndTask(t, r, stageName)
	defer task.Drop()
	tr := openTrainer(t, r, stageName, task)
	if steps == 0 {
		steps = (task.Examples + task.Settings.Batch - 1) / task.Settings.Batch
	}
	var losses []float64
	for range epochs {
		losses = append(losses, lossesOf(t, tr, steps)...)
	}
	return losses
}

// lossesOf takes steps of an epoch and returns their losses.
func lossesOf(t *testing.T, tr *train.Trainer, steps int) (losses []float64) {
	t.Helper()
	left := steps
	if err := tr.Measure(func() bool { left--; return left >= 0 }); err != nil {
		t.Fatal(err)
	}
	values, err := tr.Losses(steps)
	if err != nil {
		t.Fatal(err)
	}
	for _, loss := range values {
		losses = append(losses, float64(loss))
	}
	return losses
}

// testRun is a run of the report definition on data, in an empty folder.
func testRun(t *testing.T, data *vision.Dataset) *setup {
	t.Helper()
	definition, err := config.Load("report", nil)
	if err != nil {
		t.Fatal(err)
	}
	return testRunOf(t, definition, data)
}

func testRunOf(t testing.TB, definition *config.Definition, data *vision.Dataset) *setup {
	t.Helper()
	r := newSetup(definition, data, Options{Dir: t.TempDir(), Device: torch.CPU, Threads: 1})
	drop, err := r.loadImages()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(drop)
	return r
}

// drawnDataset is drawn_images and drawn_labels of bench/pytorch/expected.py.
func drawnDataset(n int) *vision.Dataset {
	mix := func(k int) int { return int(uint32(k)*2654435761) >> 16 }
	d := &vision.Dataset{Name: "drawn", Shape: [3]int{3, 32, 32},
		Classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}}
	for i := range n {
		for c := range 3 {
			h := mix(3*i + c + 1)
			for y := range 32 {
				for x := range 32 {
					v := ((3*(i%10)+c)*x + (h&31)*y + (h >> 5)) % 512
					if v >= 256 {
						v = 511 - v
					}
					d.Train.Pixels = append(d.Train.Pixels, byte(v))
				}
			}
		}
		d.Train.Labels = append(d.Train.Labels, byte(i%10))
	}
	d.Test = d.Train
	return d
}

func compareLosses(t *testing.T, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%d losses, want %d", len(got), len(want))
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > tolerance {
			t.Errorf("loss %d: %.8f, PyTorch's %.8f", i, got[i], want[i])
		}
	}
}

func readTestdata(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "pytorch", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}
