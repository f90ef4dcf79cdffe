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
				r.graphs = graphs
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

func benchmarkSteps(b *testing.B, r *run, name string) error {
	s, task := stageAndTask(b, r, name)
	defer task.drop()
	tr, err := r.newTrainer(s, task)
	if err != nil {
		return err
	}
	defer tr.release()
	order, err := tr.shuffle()
	if err != nil {
		return err
	}
	defer torch.Drop(order)
	step := func() error {
		tr.at.Step = (tr.at.Step + 1) % tr.stepsPerEpoch()
		return tr.step(order)
	}
	for range 20 { // a graph is recorded meanwhile
		if err := step(); err != nil {
			return err
		}
	}
	if _, err := torch.ToSlice[float32](tr.losses); err != nil {
		return err
	}
	b.ResetTimer()
	for range b.N {
		if err := step(); err != nil {
			return err
		}
	}
	if _, err := torch.ToSlice[float32](tr.losses); err != nil {
		return err
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N*tr.settings.Batch)/b.Elapsed().Seconds(), "images/s")
	return nil
}
