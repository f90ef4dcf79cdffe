package tsne

import (
	"context"
	"sync"
	"sync/atomic"
)

// blockRows is how many rows a thread takes at a time: few enough that those of
// wide features stay in its cache.
const blockRows = 32

// eachBlock calls f for blocks [first, end) of n rows until all are done, on
// threads goroutines of its own at the same time. It stops early, with ctx's error,
// when ctx ends.
func eachBlock(ctx context.Context, n, threads int, f func(first, end int)) error {
	var next atomic.Int64
	var group sync.WaitGroup
	for range threads {
		group.Go(func() {
			for ctx.Err() == nil {
				first := int(next.Add(blockRows)) - blockRows
				if first >= n {
					return
				}
				f(first, min(first+blockRows, n))
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
