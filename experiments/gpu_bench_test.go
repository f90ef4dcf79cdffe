package experiments

import (
	"testing"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// BenchmarkGPUStep is one training step at batch 16 on a GPU, replayed as a
// graph and as it comes. Nothing is read back before the last one.
func BenchmarkGPUStep(b *testing.B) {
	definition, err := config.Load("report", []string{"data.set=synthetic", "data.train=4096", "data.test=500"})
	if err != nil {
		b.Fatal(err)
	}
	for _, stage := range []string{"autoencoders/bce", "classifiers/end_to_end", "classifiers/random"} {
		for name, graphs := range map[string]bool{"graph": true, "plain": false} {
			b.Run(stage+"/"+name, func(b *testing.B) {
				r := gpuRun(b, definition, smallData(b, definition))
				if !graphs {
					r.record = nil
				}
				unpin, err := torch.Pin()
				if err != nil {
					b.Fatal(err)
				}
				defer unpin()
				if err := torch.OnOwnStream(r.device, func() error { return benchmarkSteps(b, r, stage) }); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

func benchmarkSteps(b *testing.B, r *setup, name string) error {
	_, task := stageAndTask(b, r, name)
	defer task.Drop()
	tr := openTrainer(b, r, name, task)
	left := 20 // a graph is recorded meanwhile
	more := func() bool { left--; return left >= 0 }
	if err := tr.Measure(more); err != nil {
		return err
	}
	if _, err := tr.Losses(1); err != nil {
		return err
	}
	b.ResetTimer()
	left = b.N
	if err := tr.Measure(more); err != nil {
		return err
	}
	if _, err := tr.Losses(1); err != nil { // waits for the last step
		return err
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N*task.Settings.Batch)/b.Elapsed().Seconds(), "images/s")
	return nil
}
