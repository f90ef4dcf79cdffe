package experiments

import (
	"context"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/torch"
	"aeprobe/vision"
)

// testBatch is how many images are encoded or tested at a time: enough to keep
// the kernels busy, few enough to stay in a cache.
const testBatch = 250

// eachBatch calls f with the indices, int64 [B], of one stretch after the
// other of n examples, without recording for back-propagation. It stops, with
// ctx's error, when ctx ends.
func eachBatch(ctx context.Context, n int, device torch.Device, f func(first int, index *ts.Tensor) error) error {
	all, err := ts.Arange(ts.IntScalar(int64(n)), gotch.Int64, device.Gotch())
	if err != nil {
		return err
	}
	defer torch.Drop(all)
	return torch.NoGrad(func() error {
		for first := 0; first < n; first += testBatch {
			if err := ctx.Err(); err != nil {
				return err
			}
			index, err := all.Narrow(0, int64(first), int64(min(testBatch, n-first)), false)
			if err != nil {
				return err
			}
			err = f(first, index)
			torch.Drop(index)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// encode applies f, which makes float32 [B, width] of images [B, C, H, W], to
// the first n images. The result is [n, width] on the device.
func encode(ctx context.Context, images *vision.Resident, n, width int, device torch.Device, f func(*ts.Tensor) (*ts.Tensor, error)) (*ts.Tensor, error) {
	all, err := ts.Zeros([]int64{int64(n), int64(width)}, gotch.Float, device.Gotch())
	if err != nil {
		return nil, err
	}
	err = eachBatch(ctx, n, device, func(first int, index *ts.Tensor) error {
		batch, err := images.Images(index)
		if err != nil {
			return err
		}
		defer torch.Drop(batch)
		encoded, err := f(batch)
		if err != nil {
			return err
		}
		defer torch.Drop(encoded)
		place, err := all.Narrow(0, int64(first), int64(index.MustSize()[0]), false)
		if err != nil {
			return err
		}
		defer torch.Drop(place)
		return torch.Copy(place, encoded)
	})
	if err != nil {
		torch.Drop(all)
		return nil, err
	}
	return all, nil
}

// scalar reads a float32 scalar.
func scalar(t *ts.Tensor) (float64, error) {
	values, err := torch.ToSlice[float32](t)
	if err != nil {
		return 0, err
	}
	return float64(values[0]), nil
}
