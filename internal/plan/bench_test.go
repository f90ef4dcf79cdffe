package plan

import (
	"fmt"
	"sync"
	"testing"
)

// run takes the steps from first to before end, on as many threads as the plan is
// for.
func run(t testing.TB, p *Plan, order []int64, losses []float32, first, end int) {
	t.Helper()
	if err := p.Begin(order, losses, first, end); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for thread := 1; thread < p.threads; thread++ {
		all.Go(func() { p.Work(thread) })
	}
	p.Work(0)
	all.Wait()
}

func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name           string
		network        Network
		batch, threads int
	}{
		{"autoencoder", autoencoder(1, 1024), 16, 1},
		{"autoencoder", autoencoder(1, 1024), 16, 2},
		{"autoencoder", autoencoder(1, 1024), 128, 1},
		{"autoencoder", autoencoder(1, 1024), 128, 2},
		{"classifier", classifier(1, 1024), 16, 1},
		{"probe", probe(1, 1024, 48), 16, 1},
	} {
		b.Run(fmt.Sprintf("%s/batch=%d/threads=%d", c.name, c.batch, c.threads), func(b *testing.B) {
			p, err := New(c.network, Training{Batch: c.batch, Threads: c.threads, LearningRate: 1e-3, Step: make([]float32, 1)})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			order := order(1, c.network.Examples.Count)
			steps := len(order) / c.batch
			losses := make([]float32, steps)
			for done := 0; done < b.N; {
				n := min(steps, b.N-done)
				run(b, p, order, losses, 0, n)
				done += n
			}
			b.ReportMetric(float64(b.N*c.batch)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
