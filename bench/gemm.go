package bench

import (
	"time"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"
	"golang.org/x/sync/errgroup"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

const (
	// gemmSide is that of the square matrices: large enough for libtorch's best
	// rate, small enough for a core's cache to feed it.
	gemmSide     = 1024
	gemmDuration = time.Second
)

// gemmRate is how many float32 operations a second (a multiplication and an
// addition are two) the cores do in libtorch's matrix products, with one thread
// on each of them side by side.
func gemmRate(cores int) (float64, error) {
	rates := make([]float64, cores)
	var group errgroup.Group
	for i := range rates {
		group.Go(func() (err error) {
			rates[i], err = coreGEMMRate()
			return err
		})
	}
	err := group.Wait()
	var sum float64
	for _, r := range rates {
		sum += r
	}
	return sum, err
}

func coreGEMMRate() (float64, error) {
	unpin, err := torch.Pin()
	if err != nil {
		return 0, err
	}
	defer unpin()
	shape := []int64{gemmSide, gemmSide}
	a, err := ts.Ones(shape, gotch.Float, gotch.CPU)
	if err != nil {
		return 0, err
	}
	defer torch.Drop(a)
	product, err := ts.Zeros(shape, gotch.Float, gotch.CPU)
	if err != nil {
		return 0, err
	}
	defer func() { torch.Drop(product) }()
	var begun time.Time
	for n := 0; ; n++ {
		// The first product is not counted: it makes the kernel.
		if n == 1 {
			begun = time.Now()
		}
		if n > 1 && time.Since(begun) > gemmDuration {
			return float64(n-1) * 2 * gemmSide * gemmSide * gemmSide / time.Since(begun).Seconds(), nil
		}
		next, err := a.MmOut(product, a, false)
		if err != nil {
			return 0, err
		}
		torch.Drop(product)
		product = next
	}
}

// trainingFLOPs is how many operations one image takes in a training step of
// the report's auto-encoder.
func trainingFLOPs() (float64, error) {
	definition, err := config.Load("report", nil)
	if err != nil {
		return 0, err
	}
	encoder, decoder, err := definition.Model.TrainingFLOPs(reportData().Image)
	return encoder + decoder, err
}
