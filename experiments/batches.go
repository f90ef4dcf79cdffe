package experiments

import (
	"context"
	"sync/atomic"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"
	"golang.org/x/sync/errgroup"

	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// testBatch is how many images are encoded or tested at a time: enough to keep
// the kernels busy, few enough to stay in a cache.
const testBatch = 250

// eachBatch calls f with the indices, int64 [B], of one stretch after the other
// of n examples, without recording for back-propagation: on as many threads as a
// stage has, so that f has to put what it makes where first, the
// stretch's beginning, says. It stops, with ctx's error, when ctx ends.
func (r *run) eachBatch(ctx context.Context, n int, f func(first int, index *ts.Tensor) error) error {
	all, err := ts.Arange(ts.IntScalar(int64(n)), gotch.Int64, r.device.Gotch())
	if err != nil {
		return err
	}
	defer torch.Drop(all)
	var next atomic.Int64
	work := func() error {
		for {
			first := int(next.Add(testBatch)) - testBatch
			if first >= n {
				return nil
			}
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
	}
	if r.stageThreads == 1 {
		return torch.NoGrad(work)
	}
	var group errgroup.Group
	for range r.stageThreads {
		group.Go(func() error {
			// Not unpinned, the thread ends with this goroutine.
			if _, err := torch.Pin(); err != nil {
				return err
			}
			return torch.NoGrad(work)
		})
	}
	return group.Wait()
}

// batchOf is the number of the stretch that eachBatch begins at first.
func batchOf(first int) int { return first / testBatch }

// encode applies f, which makes float32 [B, width] of images [B, C, H, W], to
// the first n images. The result is [n, width] on the device.
func (r *run) encode(ctx context.Context, images *vision.Resident, n, width int, f func(*ts.Tensor) (*ts.Tensor, error)) (*ts.Tensor, error) {
	all, err := ts.Zeros([]int64{int64(n), int64(width)}, gotch.Float, r.device.Gotch())
	if err != nil {
		return nil, err
	}
	err = r.eachBatch(ctx, n, func(first int, index *ts.Tensor) error {
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

// blockRows is how many rows of a matrix are copied at a time.
const blockRows = 500

// eachBlock calls f with one block of matrix's rows after the other.
func eachBlock(matrix *ts.Tensor, f func(rows *ts.Tensor) error) error {
	size, err := matrix.Size()
	if err != nil {
		return err
	}
	for first := int64(0); first < size[0]; first += blockRows {
		rows, err := matrix.Narrow(0, first, min(blockRows, size[0]-first), false)
		if err != nil {
			return err
		}
		err = f(rows)
		torch.Drop(rows)
		if err != nil {
			return err
		}
	}
	return nil
}

// scalar reads a float32 scalar.
func scalar(t *ts.Tensor) (float64, error) {
	values, err := torch.ToSlice[float32](t)
	if err != nil {
		return 0, err
	}
	return float64(values[0]), nil
}
