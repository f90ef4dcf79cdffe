package labels

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// The sizes by hand.
func TestOnlineSizes(t *testing.T) {
	want := []int{50, 100, 200, 400, 800, 1600, 3125, 6250, 12500, 25000, 50000}
	if got := OnlineSizes(50000); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// Up to 0.8 % of 40 images is none; 1.6, 3.2 and 6.25 % are 1, 1 and 3.
	if got, want := OnlineSizes(40), []int{1, 3, 5, 10, 20, 40}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if order := Shuffled(100, 1); slices.IsSorted(order) || slices.Equal(order, Shuffled(100, 2)) || !slices.Equal(order, Shuffled(100, 1)) {
		t.Errorf("100 images are shuffled to %v", order)
	}
}

// The length by hand: 4 log2 8 + 5 + 7 bits.
func TestDescribe(t *testing.T) {
	d, err := Describe([]Block{{4, 4, 5}, {8, 8, 7}}, 8)
	if err != nil || d.First != 12 || d.Bits != 24 || d.Uniform != 48 || d.Compression != 2 {
		t.Errorf("%+v (%v), want 24 of 48 bits", d, err)
	}
	sizes := OnlineSizes(50000)
	var blocks []Block
	for i, size := range sizes[:len(sizes)-1] {
		next := sizes[i+1] - size
		blocks = append(blocks, Block{size, next, float64(next) * math.Log2(10)})
	}
	// A probe that knows nothing. Uniform code: 50,000 log2 10 = 166,096 bits.
	d, err = Describe(blocks, 10)
	if err != nil || math.Round(d.Uniform) != 166096 || math.Abs(d.Compression-1) > 1e-12 {
		t.Errorf("%+v (%v), want 166,096 bits, not compressed", d, err)
	}
	for i := range blocks {
		blocks[i].Bits = 0
	}
	// One that knows everything leaves the first 50 images' labels.
	d, err = Describe(blocks, 10)
	if err != nil || d.Bits != 50*math.Log2(10) || math.Abs(d.Compression-1000) > 1e-9 {
		t.Errorf("%+v (%v), want the first block alone", d, err)
	}
	for want, err := range map[string]error{
		"no blocks":           refused(nil, 10),
		"begin after image 8": refused([]Block{{4, 4, 1}, {9, 1, 1}}, 10),
		"codes 0 images":      refused([]Block{{4, 0, 0}}, 10),
		"block 0":             refused([]Block{{0, 4, 1}}, 10),
		"labels of 1 class":   refused([]Block{{4, 4, 1}}, 1),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}

func refused(blocks []Block, classes int) error {
	_, err := Describe(blocks, classes)
	return err
}
