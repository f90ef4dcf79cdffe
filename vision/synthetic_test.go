package vision

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
)

// TestSyntheticGolden holds the images fixed, on every platform: results made
// from them are compared with older ones.
func TestSyntheticGolden(t *testing.T) {
	for _, c := range []struct {
		seed        uint64
		train, test int
		want        string
	}{
		{87, 1000, 200, "92506cf9e1ac9a6023ddd5045192f389ae7abdfde27d91e60efb5460b4764a3b"},
		{1, 20, 10, "0749810a0d5d93ea954368361bdd203eb9eea5c5bda2543daee35cc40eb8897e"},
	} {
		d, err := Synthetic(t.Context(), c.seed, c.train, c.test)
		if err != nil {
			t.Fatal(err)
		}
		if d.Fingerprint != c.want {
			t.Errorf("seed %d, %d + %d images: fingerprint %s, want %s", c.seed, c.train, c.test, d.Fingerprint, c.want)
		}
	}
}

// TestSyntheticIsPrepared makes drawn images what a definition says, as others are.
func TestSyntheticIsPrepared(t *testing.T) {
	o := Options{Train: 10, Test: 10, Prepare: config.Preparation{Size: 16, Fit: config.FitResize, Channels: 1}}
	d, err := Open(t.Context(), "synthetic", o)
	if err != nil {
		t.Fatal(err)
	}
	if d.Shape != [3]int{1, 16, 16} || len(d.Test.Pixels) != 10*256 || d.Fingerprint != d.fingerprint() {
		t.Errorf("%v, %d bytes", d.Shape, len(d.Test.Pixels))
	}
	o.Prepare.Fit = ""
	_, err = Open(t.Context(), "synthetic", o)
	wantError(t, err, "how it becomes 16 by 16 is not said", "\nset data.fit")
}

func TestSynthetic(t *testing.T) {
	d, err := Synthetic(t.Context(), 5, 1200, 600)
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "synthetic" || d.Origin != Drawn || d.Shape != [3]int{3, 32, 32} || d.Source != "drawn by aeprobe, seed 5" {
		t.Errorf("%s, %s, %v, %s", d.Name, d.Origin, d.Shape, d.Source)
	}
	for i := 0; i < d.Train.Len(); i += 10 {
		var seen [10]int
		for _, l := range d.Train.Labels[i : i+10] {
			seen[l]++
		}
		if seen != [10]int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1} {
			t.Fatalf("images %d to %d have %v of the classes, want one each", i, i+9, seen)
		}
	}
	// No image is there twice, in one split or the other, or under another seed.
	other, err := Synthetic(t.Context(), 6, 1200, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range []Split{d.Train, d.Test, other.Train} {
		for i := range s.Len() {
			image := string(s.Image(i))
			if seen[image] {
				t.Fatal("an image is there twice")
			}
			seen[image] = true
		}
	}
	// An image does not depend on how many there are.
	few, err := Synthetic(t.Context(), 5, 33, 7)
	if err != nil {
		t.Fatal(err)
	}
	limited, err := d.Limit(33, 7)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(limited, few, quick); diff != "" {
		t.Errorf("33 + 7 images, limited from 1200 + 600 and drawn (-limited +drawn):\n%s", diff)
	}
	for _, n := range [][2]int{{-1, 0}, {0, -1}} {
		_, err := Synthetic(t.Context(), 1, n[0], n[1])
		wantError(t, err, "cannot draw", "\nask for")
	}
}

// TestSyntheticLearnable classifies by the nearest class mean of the pixels,
// the weakest of classifiers: better than guessing, and not good.
func TestSyntheticLearnable(t *testing.T) {
	d, err := Synthetic(t.Context(), 87, 2000, 500)
	if err != nil {
		t.Fatal(err)
	}
	var means [10][cifarImage]float64
	for i, l := range d.Train.Labels {
		for j, p := range d.Train.Image(i) {
			means[l][j] += float64(p) / 200
		}
	}
	right := 0
	for i, l := range d.Test.Labels {
		best, nearest := 0.0, 0
		for k := range means {
			sum := 0.0
			for j, p := range d.Test.Image(i) {
				diff := float64(p) - means[k][j]
				sum += diff * diff
			}
			if k == 0 || sum < best {
				best, nearest = sum, k
			}
		}
		if nearest == int(l) {
			right++
		}
	}
	if right < 75 || right > 250 {
		t.Errorf("nearest class mean gets %d of 500 right, want 75 to 250", right)
	}
	t.Logf("nearest class mean: %d of 500", right)
}

func TestOpenSynthetic(t *testing.T) {
	d, err := Open(context.Background(), "synthetic", Options{Train: 20, Test: 10, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.Len() != 20 || d.Test.Len() != 10 || d.Source != "drawn by aeprobe, seed 87" {
		t.Errorf("%d + %d images, %s", d.Train.Len(), d.Test.Len(), d.Source)
	}
	for _, o := range []Options{{Train: 50001}, {Train: -1}, {Train: 1, Test: 10001}, {Train: 1, Test: -1}} {
		_, err = Open(context.Background(), "synthetic", o)
		wantError(t, err, "cannot take", "\nask for")
	}
}

// TestCanvas fills shapes whose pixels can be counted.
func TestCanvas(t *testing.T) {
	var c canvas
	c.random = newRandom(1, 0, imageNumbers, 0)
	red := rgb{200, 0, 0}
	count := func() (n int) {
		for y := range c.pixels {
			for x := range c.pixels[y] {
				if c.pixels[y][x] == red {
					n++
				}
			}
		}
		c.pixels = [side][side]rgb{}
		return n
	}
	c.place(side/2, side/2, 100, 0, false)
	c.rectangle(red, -100, -100, 0, 0) // a quarter
	if n := count(); n != side*side/4 {
		t.Errorf("a quarter has %d pixels", n)
	}
	c.rectangle(red, -500, -500, 500, 500)
	if n := count(); n != side*side {
		t.Errorf("what covers the canvas has %d pixels", n)
	}
	c.rectangle(red, 200, 200, 500, 500)
	if n := count(); n != 0 {
		t.Errorf("what is beside the canvas has %d pixels", n)
	}
	c.ellipse(red, 0, 0, 50, 50) // pi * 16^2 = 804
	if n := count(); n < 770 || n > 810 {
		t.Errorf("a circle of radius 16 has %d pixels", n)
	}
	c.place(side/2, side/2, 100, 0, true)
	c.rectangle(red, 0, -100, 100, 100)
	for y := range c.pixels {
		for x := range c.pixels[y] {
			if (c.pixels[y][x] == red) != (x < side/2) {
				t.Fatalf("the right half, mirrored, is wrong at %d, %d", x, y)
			}
		}
	}
}

func BenchmarkSynthetic(b *testing.B) {
	for b.Loop() {
		d, err := Synthetic(b.Context(), 87, 1000, 0)
		if err != nil || bytes.Equal(d.Train.Image(0), d.Train.Image(1)) {
			b.Fatal(err)
		}
	}
}
