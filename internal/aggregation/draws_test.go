package aggregation

import (
	"math"
	"slices"
	"testing"
)

// TestDrawsAreSplitmix64 compares with the numbers that its authors' C program,
// prng.di.unimi.it/splitmix64.c, makes of the seed 1234567.
func TestDrawsAreSplitmix64(t *testing.T) {
	a := aggregator(t, Settings{Width: 2, Temperature: 1, Seed: 1234567}, hexagon())
	var o ops
	defer o.Drop()
	drawn := a.draws.nth(&o, integers(t, 1, 2, 3, 4, 5))
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	want := []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821}
	for i, got := range values[int64](t, drawn) {
		if uint64(got) != want[i] {
			t.Errorf("number %d is %d, want %d", i+1, uint64(got), want[i])
		}
	}
}

func TestNoise(t *testing.T) {
	const images, drawn = 50, 4000
	a := aggregator(t, Settings{Width: 2, Temperature: 1, Noise: drawn, Seed: 3}, random(images, 2, 1))
	noise := func(epoch int, index ...int64) []float32 {
		t.Helper()
		if err := a.StartEpoch(epoch); err != nil {
			t.Fatal(err)
		}
		var o ops
		defer o.Drop()
		counts := a.counts(&o, a.draws.images(&o, a.epoch, integers(t, index...)))
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		return values[float32](t, counts)
	}
	both := noise(1, 7, 8)
	first, second := both[:images], both[images:]
	var sum float64
	for j, n := range first {
		sum += float64(n)
		// Five standard deviations.
		if mean := drawn / images; math.Abs(float64(n)-float64(mean)) > 5*math.Sqrt(float64(mean)) {
			t.Errorf("image %d was drawn %v times", j, n)
		}
	}
	if sum != drawn {
		t.Errorf("%v images drawn, want %d", sum, drawn)
	}
	if slices.Equal(first, second) {
		t.Error("two images have the same noise")
	}
	if !slices.Equal(first, noise(1, 3, 7)[images:]) {
		t.Error("an image's noise depends on its place in the batch")
	}
	if slices.Equal(first, noise(2, 7)) {
		t.Error("two epochs have the same noise")
	}
}
