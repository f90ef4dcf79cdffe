package torch_test

import (
	"testing"

	"aeprobe/torch"
)

func TestShuffleIsAPermutation(t *testing.T) {
	g, err := torch.NewGenerator(87)
	if err != nil {
		t.Fatal(err)
	}
	order, err := g.Shuffle(100)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(order)
	indices, err := torch.ToSlice[int64](order)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int64]bool{}
	for _, i := range indices {
		seen[i] = true
	}
	if len(indices) != 100 || len(seen) != 100 || !seen[0] || !seen[99] {
		t.Errorf("not a permutation of 0..99: %v", indices)
	}
}
