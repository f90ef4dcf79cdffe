package torch

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Each calls f with the numbers 0 to n-1, without recording for
// back-propagation, on as many threads as given, each of them pinned: what f
// computes does not depend on how many there are, if it stores its results by
// number. Each stops with ctx's error when ctx ends.
func Each(ctx context.Context, threads, n int, f func(number int) error) error {
	var next atomic.Int64
	work := func() error {
		for {
			number := int(next.Add(1)) - 1
			if number >= n {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := f(number); err != nil {
				return err
			}
		}
	}
	if threads == 1 {
		return NoGrad(work)
	}
	var group errgroup.Group
	for range threads {
		group.Go(func() error {
			// Without unpin the thread ends with this goroutine.
			if _, err := Pin(); err != nil {
				return err
			}
			return NoGrad(work)
		})
	}
	return group.Wait()
}
