package experiments

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/torch"
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

// BenchmarkStep is one training step: the batch's images, forward, backward
// and the optimizer.
func BenchmarkStep(b *testing.B) {
	for _, c := range benchmarked {
		threads := 1
		if c.allCores {
			threads = runtime.GOMAXPROCS(0)
		}
		b.Run(fmt.Sprintf("%s/batch=%d/threads=%d", c.stage, c.batch, threads), func(b *testing.B) {
			tr := benchmarkTrainer(b, c.stage, c.batch, threads)
			order, err := tr.shuffle()
			if err != nil {
				b.Fatal(err)
			}
			defer torch.Drop(order)
			b.ReportAllocs()
			for b.Loop() {
				if err := tr.step(order); err != nil {
					b.Fatal(err)
				}
				tr.at.Step = (tr.at.Step + 1) % tr.stepsPerEpoch()
			}
			b.ReportMetric(float64(b.N*c.batch)/b.Elapsed().Seconds(), "images/s")
		})
	}
}

// BenchmarkEpoch is a whole epoch as aeprobe run trains it, with the shuffle,
// a test and a checkpoint at its end.
func BenchmarkEpoch(b *testing.B) {
	for _, stage := range []string{"autoencoders/bce", "classifiers/end_to_end", "classifiers/random"} {
		b.Run(stage, func(b *testing.B) {
			tr := benchmarkTrainer(b, stage, 16, 1)
			b.ReportAllocs()
			for b.Loop() {
				if err := tr.epoch(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*tr.examples)/b.Elapsed().Seconds(), "images/s")
		})
	}
}

// benchmarkTrainer trains a stage of the report definition on 4,096 drawn
// images, on the calling goroutine.
func benchmarkTrainer(b *testing.B, stageName string, batch, threads int) *trainer {
	b.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(unpin)
	definition, err := config.Load("report", []string{"data.set=synthetic", "data.train=4096", "data.test=500",
		fmt.Sprint("train.batch=", batch), "train.epochs=1000000"})
	if err != nil {
		b.Fatal(err)
	}
	r := testRunOf(b, definition, smallData(b, definition))
	r.stageThreads = threads
	kind, name, _ := strings.Cut(stageName, "/")
	var t *task
	if kind == "autoencoders" {
		t, err = r.newAutoencoderTask(definition.Autoencoders[name])
	} else {
		t, _, err = r.newClassifierTask(b.Context(), definition.Classifiers[name])
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(t.drop)
	tr, err := r.newTrainer(&stage{name: stageName}, t)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(tr.release)
	if err := os.MkdirAll(tr.files.dir, 0o755); err != nil {
		b.Fatal(err)
	}
	return tr
}
