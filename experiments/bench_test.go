package experiments

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"aeprobe/config"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
)

// benchmarked are the trainings of BenchmarkStep: a stage of the report
// definition, its batch, and whether it has all cores or one.
var benchmarked = []struct {
	stage    string
	batch    int
	allCores bool
}{
	{"autoencoders/bce", 16, false},
	{"autoencoders/l1", 16, false},
	{"autoencoders/mse", 16, false},
	{"classifiers/end_to_end", 16, false},
	{"classifiers/random", 16, false},
	{"autoencoders/bce", 128, false},
	{"classifiers/end_to_end", 128, false},
	{"autoencoders/bce", 16, true},
	{"autoencoders/bce", 128, true},
	{"classifiers/end_to_end", 16, true},
}

// BenchmarkStep is one training step, by plan and by autograd: the batch's
// images, forward, backward and the optimizer.
func BenchmarkStep(b *testing.B) {
	for _, c := range benchmarked {
		threads := 1
		if c.allCores {
			threads = runtime.GOMAXPROCS(0)
		}
		for _, autograd := range []bool{false, true} {
			name := fmt.Sprintf("%s/batch=%d/threads=%d/%s", c.stage, c.batch, threads, waysToTrain[autograd])
			b.Run(name, func(b *testing.B) {
				tr := benchmarkTrainer(b, c.stage, c.batch, threads, autograd)
				if tr.ByPlan() == autograd {
					b.Skip("no plans here")
				}
				b.ReportAllocs()
				if err := tr.Measure(b.Loop); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(b.N*c.batch)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}

var waysToTrain = map[bool]string{false: "plan", true: "autograd"}

// BenchmarkEpoch is a whole epoch as aeprobe run trains it, with the shuffle,
// a test and a checkpoint at its end.
func BenchmarkEpoch(b *testing.B) {
	for _, stage := range []string{"autoencoders/bce", "classifiers/end_to_end", "classifiers/random"} {
		b.Run(stage, func(b *testing.B) {
			tr := benchmarkTrainer(b, stage, 16, 1, false)
			b.ReportAllocs()
			for b.Loop() {
				if err := tr.Epoch(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*tr.Examples)/b.Elapsed().Seconds(), "images/s")
		})
	}
}

// BenchmarkResNetStep is a training step of resnet20 on one thread, in processor
// time, as bench/pytorch/resnet.py measures PyTorch's.
func BenchmarkResNetStep(b *testing.B) {
	for _, stage := range []string{"classifiers/end_to_end", "autoencoders/bce"} {
		b.Run(stage, func(b *testing.B) {
			tr := benchmarkTrainerOf(b, "resnet20", stage, 128, 1, false)
			start := processorSeconds(b)
			if err := tr.Measure(b.Loop); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric((processorSeconds(b)-start)*1e3/float64(b.N), "cpu-ms/step")
		})
	}
}

func processorSeconds(b *testing.B) float64 {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// benchmarkTrainer trains a stage of the report definition.
func benchmarkTrainer(b *testing.B, stageName string, batch, threads int, autograd bool) *train.Trainer {
	b.Helper()
	return benchmarkTrainerOf(b, "report", stageName, batch, threads, autograd)
}

// benchmarkTrainerOf trains a stage on 4,096 drawn images, on the calling
// goroutine.
func benchmarkTrainerOf(b *testing.B, name, stageName string, batch, threads int, autograd bool) *train.Trainer {
	b.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(unpin)
	definition, err := config.Load(name, []string{"data.set=synthetic", "data.train=4096", "data.test=500",
		fmt.Sprint("train.batch=", batch), "train.epochs=1000000"})
	if err != nil {
		b.Fatal(err)
	}
	r := testRunOf(b, definition, smallData(b, definition))
	r.threads, r.autograd = threads, autograd
	_, task := stageAndTask(b, r, stageName)
	b.Cleanup(task.Drop)
	return openTrainer(b, r, stageName, task)
}

// openTrainer is a trainer of a task, in a folder of its own.
func openTrainer(b testing.TB, r *setup, stageName string, task *train.Task) *train.Trainer {
	b.Helper()
	options := r.trainOptions(&stages.Stage{Name: stageName})
	tr, err := train.New(task, options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(tr.Close)
	if err := os.MkdirAll(options.Dir, 0o755); err != nil {
		b.Fatal(err)
	}
	return tr
}
