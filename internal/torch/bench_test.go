package torch_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// BenchmarkImages is the gathering of a batch: images picked from 10,000,
// cast and scaled.
func BenchmarkImages(b *testing.B) {
	const images = 10000
	pixels, err := torch.FromSlice(make([]uint8, images*32*32*3), images, 3, 32, 32)
	if err != nil {
		b.Fatal(err)
	}
	defer torch.Drop(pixels)
	for _, batch := range []int{16, 128} {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			pin(b)
			random := rand.New(rand.NewPCG(1, 2))
			indices := make([]int64, batch)
			for i := range indices {
				indices[i] = random.Int64N(images)
			}
			index, err := torch.FromSlice(indices, int64(batch))
			if err != nil {
				b.Fatal(err)
			}
			defer torch.Drop(index)
			b.ReportAllocs()
			for b.Loop() {
				batch, err := torch.Images(pixels, index)
				if err != nil {
					b.Fatal(err)
				}
				torch.Drop(batch)
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "images/s")
		})
	}
}

// BenchmarkAdam is one step on the weights of the report's auto-encoder, with the
// cheapest loss that depends on all of them, the sum of their sums.
func BenchmarkAdam(b *testing.B) {
	pin(b)
	var parameters []*ts.Tensor
	for _, shape := range [][]int64{{12, 3, 4, 4}, {12}, {24, 12, 4, 4}, {24}, {48, 24, 4, 4}, {48},
		{48, 24, 4, 4}, {24}, {24, 12, 4, 4}, {12}, {12, 3, 4, 4}, {3}} {
		parameter, err := ts.Zeros(shape, gotch.Float, gotch.CPU)
		if err != nil {
			b.Fatal(err)
		}
		defer torch.Drop(parameter)
		parameters = append(parameters, parameter)
	}
	adam, err := torch.NewAdam(parameters, torch.OptimizerSettings{LearningRate: 1e-3, Parts: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer adam.Drop()
	b.ReportAllocs()
	for b.Loop() {
		loss := parameters[0].MustSum(gotch.Float, false)
		for _, p := range parameters[1:] {
			sum := p.MustSum(gotch.Float, false)
			loss = loss.MustAdd(sum, true)
			torch.Drop(sum)
		}
		if err := adam.Minimize(loss); err != nil {
			b.Fatal(err)
		}
		torch.Drop(loss)
	}
}

func pin(t testing.TB) {
	t.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unpin)
}
