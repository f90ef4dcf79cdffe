package nuisance

import (
	"bytes"
	"slices"
	"testing"
)

func TestFlip(t *testing.T) {
	shape := [3]int{2, 2, 3}
	mirrored := []byte{3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10}
	image := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	pixels := bytes.Repeat(image, 101)
	flipped, labels, err := Flip(pixels, shape, 3)
	if err != nil {
		t.Fatal(err)
	}
	ones := 0
	for i, label := range labels {
		want := image
		if label == 1 {
			ones++
			want = mirrored
		}
		if got := flipped[12*i : 12*i+12]; !slices.Equal(got, want) {
			t.Errorf("image %d of label %d is %v", i, label, got)
		}
	}
	if ones != 50 || !slices.Equal(pixels, bytes.Repeat(image, 101)) {
		t.Errorf("%d of 101 are mirrored, the first image given is now %v", ones, pixels[:12])
	}
	again, sameLabels, _ := Flip(pixels, shape, 3)
	_, otherLabels, _ := Flip(pixels, shape, 4)
	if !slices.Equal(again, flipped) || !slices.Equal(sameLabels, labels) || slices.Equal(otherLabels, labels) {
		t.Error("the task is not a function of its seed")
	}
}

// The images are 17 high, with a middle row in no quadrant, and 16 wide: patches of 2
// by 2. Every place of a patch in a quadrant is drawn in the end.
func TestPatch(t *testing.T) {
	shape := [3]int{3, 17, 16}
	const n, size = 4000, 3 * 17 * 16
	pixels := bytes.Repeat([]byte{7}, n*size)
	patched, labels, err := Patch(pixels, shape, 5)
	if err != nil {
		t.Fatal(err)
	}
	quadrants := map[byte]int{}
	places := map[[2]int]bool{}
	for i, label := range labels {
		quadrants[label]++
		image := patched[i*size : (i+1)*size]
		first := bytes.IndexByte(image, grey)
		if first < 0 {
			t.Fatalf("image %d has no patch", i)
		}
		top, left := first/16, first%16
		want := bytes.Repeat([]byte{7}, size)
		for channel := range 3 {
			for _, at := range []int{0, 1, 16, 17} {
				want[channel*17*16+first+at] = grey
			}
		}
		if !slices.Equal(image, want) {
			t.Fatalf("image %d has more or less than a patch at row %d, column %d", i, top, left)
		}
		below, right := top >= 9, left >= 8
		if !below && top+2 > 8 || !right && left+2 > 8 {
			t.Errorf("image %d: the patch at row %d, column %d lies in two quadrants", i, top, left)
		}
		if wantLabel := 2*number(below) + number(right); int(label) != wantLabel {
			t.Errorf("image %d: the patch at row %d, column %d has label %d", i, top, left, label)
		}
		places[[2]int{top, left}] = true
	}
	for quadrant := range byte(4) {
		if quadrants[quadrant] != n/4 {
			t.Errorf("%d of %d images have quadrant %d", quadrants[quadrant], n, quadrant)
		}
	}
	if len(places) != 4*7*7 {
		t.Errorf("patches lie at %d places", len(places))
	}
	if pixels[bytes.IndexByte(patched, grey)] != 7 {
		t.Error("the images given are changed")
	}
	again, sameLabels, _ := Patch(pixels, shape, 5)
	if !slices.Equal(again, patched) || !slices.Equal(sameLabels, labels) {
		t.Error("the same seed makes another task")
	}
	if other, _, _ := Patch(pixels, shape, 6); slices.Equal(other, patched) {
		t.Error("another seed makes the same task")
	}
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
