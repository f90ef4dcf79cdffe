package vision

import (
	"image"
	"image/color"
	"math"
	"testing"
)

func TestImage(t *testing.T) {
	// Two pixels in one row.
	got := Image([]byte{1, 2, 3, 4, 5, 6}, [3]int{3, 1, 2})
	for x, want := range []color.RGBA{{1, 3, 5, 255}, {2, 4, 6, 255}} {
		if c := got.RGBAAt(x, 0); c != want {
			t.Errorf("pixel %d is %v, want %v", x, c, want)
		}
	}
	grey := Image([]byte{7, 8}, [3]int{1, 2, 1})
	if c := grey.RGBAAt(0, 1); c != (color.RGBA{8, 8, 8, 255}) {
		t.Errorf("a grey pixel is %v", c)
	}
	short := Image([]byte{1, 2, 3, 4, 5}, [3]int{3, 1, 2})
	if c := short.RGBAAt(1, 0); c != (color.RGBA{}) {
		t.Errorf("a pixel that is not there is %v", c)
	}
	if got := Image(nil, [3]int{3, 2, 2}); got.Bounds() != image.Rect(0, 0, 2, 2) {
		t.Errorf("no pixels at all: %v", got.Bounds())
	}
}

func TestFloatImage(t *testing.T) {
	values := []float32{0, 1, 0.5, -3, 7, float32(math.NaN())}
	got := FloatImage(values, [3]int{1, 1, len(values)})
	for x, want := range []byte{0, 255, 128, 0, 255, 0} {
		if c := got.RGBAAt(x, 0); c != (color.RGBA{want, want, want, 255}) {
			t.Errorf("%v is %v, want %d", values[x], c, want)
		}
	}
}

func TestGrid(t *testing.T) {
	var images []image.Image
	for i := range 5 {
		images = append(images, Image([]byte{byte(i), byte(i)}, [3]int{1, 1, 2}))
	}
	got := Grid(images, 3, 1)
	if want := image.Rect(0, 0, 3*2+2, 2*1+1); got.Bounds() != want {
		t.Fatalf("bounds %v, want %v", got.Bounds(), want)
	}
	for _, c := range []struct {
		x, y int
		want byte
	}{{0, 0, 0}, {1, 0, 0}, {2, 0, 255}, {3, 0, 1}, {6, 0, 2}, {0, 1, 255}, {0, 2, 3}, {4, 2, 4}, {7, 2, 255}} {
		if got := got.RGBAAt(c.x, c.y); got != (color.RGBA{c.want, c.want, c.want, 255}) {
			t.Errorf("pixel %d, %d is %v, want %d", c.x, c.y, got, c.want)
		}
	}
	if !Grid(nil, 3, 1).Bounds().Empty() || !Grid(images, 0, 1).Bounds().Empty() {
		t.Error("a grid of nothing is not empty")
	}
}
