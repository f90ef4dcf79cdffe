package nuisance

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// altered is one image in every way.
func altered(t *testing.T, name string, image []byte, shape [3]int) [][]byte {
	t.Helper()
	i := slices.IndexFunc(Alterations(), func(a Alteration) bool { return a.Name == name })
	a := Alterations()[i]
	var ways []byte
	var pixels []byte
	for way := range a.Ways {
		ways, pixels = append(ways, byte(way)), append(pixels, image...)
	}
	before := slices.Clone(pixels)
	got, err := a.Apply(pixels, shape, ways)
	if err != nil || !slices.Equal(pixels, before) {
		t.Fatalf("%s: %v, its argument changes: %v", name, err, !slices.Equal(pixels, before))
	}
	return slices.Collect(slices.Chunk(got, len(image)))
}

// By hand.
func TestFlip(t *testing.T) {
	image := slices.Concat([]byte{1, 2, 3, 4}, make([]byte, 8), []byte{5, 6, 7, 8})
	got := altered(t, "flip", image, [3]int{1, 4, 4})
	if !slices.Equal(got[0], image) || !slices.Equal(got[1], slices.Concat([]byte{4, 3, 2, 1}, make([]byte, 8), []byte{8, 7, 6, 5})) {
		t.Errorf("flipped to %v", got)
	}
	if channels := altered(t, "flip", slices.Concat(image, image, image), [3]int{3, 4, 4})[1]; !slices.Equal(channels[16:32], got[1]) {
		t.Errorf("the second channel is %v", channels[16:32])
	}
}

// By hand: of 8 x 8 pixels a patch has 2 x 2, one pixel from its quadrant's edges.
func TestQuadrant(t *testing.T) {
	grey := slices.Repeat([]byte{100}, 64)
	for way, image := range altered(t, "quadrant", grey, [3]int{1, 8, 8}) {
		want := slices.Clone(grey)
		corner := 8*(1+4*(way/2)) + 1 + 4*(way%2)
		want[corner], want[corner+1], want[corner+8], want[corner+9] = 0, 255, 255, 0
		if !slices.Equal(image, want) {
			t.Errorf("way %d is %v", way, image)
		}
	}
	// Of CIFAR-10's, 8 x 8 in squares of 2 x 2, in all channels.
	image := altered(t, "quadrant", slices.Repeat([]byte{100}, 3*32*32), [3]int{3, 32, 32})[3]
	changed, black := 0, 0
	for _, x := range image {
		if x != 100 {
			changed++
		}
		if x == 0 {
			black++
		}
	}
	if changed != 3*64 || black != 3*32 || image[2*1024+20*32+20] != 0 || image[2*1024+21*32+21] != 0 || image[2*1024+20*32+22] != 255 {
		t.Errorf("%d pixels are the patch, %d of them black", changed, black)
	}
}

// A lower quality loses more, and a flat image loses nothing but rounding.
func TestQuality(t *testing.T) {
	for _, shape := range [][3]int{{1, 32, 32}, {3, 32, 32}} {
		size := shape[0] * 32 * 32
		image := noise(size, 1)
		var lost []float64
		for _, compressed := range altered(t, "JPEG quality", image, shape) {
			square := 0.0
			for i, x := range compressed {
				d := float64(x) - float64(image[i])
				square += d * d
			}
			lost = append(lost, math.Sqrt(square/float64(size)))
		}
		if !(1 < lost[0] && lost[0] < lost[1] && lost[1] < lost[2]) {
			t.Errorf("shape %v loses %v", shape, lost)
		}
		flat := slices.Repeat([]byte{200}, size)
		for i, x := range altered(t, "JPEG quality", flat, shape)[2] {
			if d := int(x) - 200; d < -6 || d > 6 {
				t.Fatalf("shape %v: pixel %d of a flat image becomes %d", shape, i, x)
			}
		}
	}
}

func TestDraw(t *testing.T) {
	for _, a := range Alterations() {
		ways := a.Draw(101, 7, 0)
		for way := range a.Ways {
			n := 0
			for _, w := range ways {
				if int(w) == way {
					n++
				}
			}
			if n != 101/len(a.Ways) && n != 101/len(a.Ways)+1 {
				t.Errorf("%s: %d of 101 images are %s", a.Name, n, a.Ways[way])
			}
		}
		if !slices.Equal(ways, a.Draw(101, 7, 0)) || slices.Equal(ways, a.Draw(101, 7, 1)) || slices.Equal(ways, a.Draw(101, 8, 0)) || slices.IsSorted(ways) {
			t.Errorf("%s: not drawn by seed and number: %v", a.Name, ways)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	a := Alterations()[0]
	for want, c := range map[string]struct {
		pixels int
		shape  [3]int
		ways   []byte
	}{
		"images of 2 channels": {32, [3]int{2, 4, 4}, []byte{0}},
		"at least 4 x 4":       {9, [3]int{1, 3, 3}, []byte{0}},
		"2 ways to alter 1":    {16, [3]int{1, 4, 4}, []byte{0, 1}},
		"way 2 of 2":           {16, [3]int{1, 4, 4}, []byte{2}},
		"15 bytes":             {15, [3]int{1, 4, 4}, []byte{0}},
	} {
		if _, err := a.Apply(make([]byte, c.pixels), c.shape, c.ways); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}
