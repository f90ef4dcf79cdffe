package labels

import (
	"slices"
	"testing"
)

// reprieve's formulas by hand.
func TestCurve(t *testing.T) {
	points := Curve([]Block{{10, 10, 30}, {20, 20, 20}, {40, 40, 10}})
	if want := []Point{{10, 3}, {20, 1}, {40, 0.25}}; !slices.Equal(points, want) {
		t.Fatalf("%v, want %v", points, want)
	}
	for _, c := range []struct {
		epsilon, length float64
		images          int
		above           bool
	}{
		{0, 10*3 + 10*1 + 20*0.25, 40, true},
		{0.25, 10*2.75 + 10*0.75, 40, false},
		{0.5, 10*2.5 + 10*0.5, 40, false},
		{1, 10 * 2, 20, false},
		{2, 10 * 1, 20, false},
		{3, 0, 10, false},
	} {
		sdl, err := SurplusLength(points, c.epsilon)
		if want := (SurplusDescriptionLength{c.epsilon, c.length, c.above}); err != nil || sdl != want {
			t.Errorf("%+v (%v), want %+v", sdl, err, want)
		}
		esc, err := SamplesTo(points, c.epsilon)
		if want := (SampleComplexity{c.epsilon, c.images, c.above}); err != nil || esc != want {
			t.Errorf("%+v (%v), want %+v", esc, err, want)
		}
	}
	// The first time counts, even if the loss rises again.
	if esc, err := SamplesTo([]Point{{1, 2}, {2, 1}, {4, 3}}, 1); err != nil || esc.Images != 2 || esc.MoreThan {
		t.Errorf("%+v (%v), want 2 images", esc, err)
	}
	for _, wrong := range [][]Point{nil, {{2, 1}, {2, 1}}, {{0, 1}}} {
		if _, err := SurplusLength(wrong, 0); err == nil {
			t.Errorf("%v has an SDL", wrong)
		}
		if _, err := SamplesTo(wrong, 0); err == nil {
			t.Errorf("%v has a sample complexity", wrong)
		}
	}
}
