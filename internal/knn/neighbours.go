package knn

import (
	"context"
	"slices"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch"
)

// neighbour is a row of the bank.
type neighbour struct {
	similarity float32
	index      int32
}

// compare is negative if a is nearer than b.
func compare(a, b neighbour) int {
	switch {
	case a.similarity > b.similarity:
		return -1
	case a.similarity < b.similarity:
		return 1
	}
	return int(a.index) - int(b.index)
}

// eachNearest calls f with the k rows of bank that have the largest products with
// each row of queries, the nearest first. k is at most bank.Rows. f may not keep
// nearest.
func eachNearest(ctx context.Context, queries, bank matrix.Matrix, k int, f func(query int, nearest []neighbour)) error {
	nearest := make([]neighbour, k)
	return torch.EachProduct(ctx, queries, bank, func(first int, rows matrix.Matrix) error {
		for i := range rows.Rows() {
			selectNearest(rows.Row(i), nearest)
			f(first+i, nearest)
		}
		return nil
	})
}

// selectNearest fills nearest with the largest similarities, sorted. It keeps them
// as a heap whose root is the farthest, so that most similarities cost only one
// comparison with it. Equal ones do not replace it: their index is higher.
func selectNearest(similarities []float32, nearest []neighbour) {
	k := len(nearest)
	for i, s := range similarities[:k] {
		nearest[i] = neighbour{s, int32(i)}
	}
	for root := k/2 - 1; root >= 0; root-- {
		siftDown(nearest, root)
	}
	farthest := nearest[0].similarity
	for i, s := range similarities[k:] {
		if s > farthest {
			nearest[0] = neighbour{s, int32(k + i)}
			siftDown(nearest, 0)
			farthest = nearest[0].similarity
		}
	}
	slices.SortFunc(nearest, compare)
}

// siftDown moves heap[root] to where no child of it is farther. container/heap
// would take several times as long through its interface.
func siftDown(heap []neighbour, root int) {
	moved := heap[root]
	for {
		child := 2*root + 1
		if child >= len(heap) {
			break
		}
		if child+1 < len(heap) && compare(heap[child+1], heap[child]) > 0 {
			child++
		}
		if compare(heap[child], moved) <= 0 {
			break
		}
		heap[root] = heap[child]
		root = child
	}
	heap[root] = moved
}
