package plots

import (
	"fmt"
	"image"
	"image/color"
	"testing"

	"pgregory.net/rapid"
)

// pattern returns an image whose pixels all differ from their neighbours.
func pattern(width, height, seed int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			v := (x*x + 3*y*y + 31*seed) % 256
			img.SetNRGBA(x, y, color.NRGBA{uint8(v), uint8(x * 255 / width), uint8(y * 255 / height), 255})
		}
	}
	return img
}

func patterns(label string, n, size, seed int) ImageRow {
	row := ImageRow{Label: label}
	for i := range n {
		row.Images = append(row.Images, pattern(size, size, seed+i))
	}
	return row
}

func TestReconstructions(t *testing.T) {
	f, err := Reconstructions("Originals and their reconstructions", []ImageRow{
		patterns("Original", 6, 8, 0), patterns("BCE", 6, 8, 1), patterns("Decoded from a random encoder", 6, 8, 2),
	})
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "reconstructions", f)
}

// Each pixel of a CIFAR image is a square of equal dots in the PNG.
func TestPixelsStaySharp(t *testing.T) {
	img := pattern(32, 32, 0)
	f, err := Reconstructions("", []ImageRow{{Images: []image.Image{img}}})
	if err != nil {
		t.Fatal(err)
	}
	data, err := f.png(dotsPerInch)
	if err != nil {
		t.Fatal(err)
	}
	got := decode(t, data)
	dots := int(f.height) * dotsPerInch / 72 / 32
	from := image.Pt(int(margin+8)*dotsPerInch/72, int(margin)*dotsPerInch/72) // 8 points of empty label
	for y := range 32 * dots {
		for x := range 32 * dots {
			want := color.RGBAModel.Convert(img.At(x/dots, y/dots))
			if c := got.RGBAAt(from.X+x, from.Y+y); c != want {
				t.Fatalf("dot (%d, %d) of pixel (%d, %d) is %v, want %v", x%dots, y%dots, x/dots, y/dots, c, want)
			}
		}
	}
}

func TestReconstructionsErrors(t *testing.T) {
	good := patterns("Original", 2, 4, 0)
	for name, tt := range map[string]struct {
		rows  []ImageRow
		words []string
	}{
		"no rows":    {nil, []string{"no images"}},
		"no images":  {[]ImageRow{{Label: "a"}}, []string{"no images"}},
		"fewer":      {[]ImageRow{good, patterns("BCE", 1, 4, 0)}, []string{`"BCE" has 1`, `"Original" has 2`}},
		"nil":        {[]ImageRow{good, {"BCE", []image.Image{pattern(4, 4, 0), nil}}}, []string{`"BCE"`, "image 1"}},
		"empty":      {[]ImageRow{{"BCE", []image.Image{image.NewGray(image.Rectangle{})}}}, []string{`"BCE"`, "image 0"}},
		"other size": {[]ImageRow{good, patterns("BCE", 2, 5, 0)}, []string{`"BCE"`, "image 0", "(5,5)", "(4,4)"}},
	} {
		_, err := Reconstructions("Images", tt.rows)
		wantError(t, name, err, append(tt.words, `image grid "Images"`)...)
	}
}

// Whatever the rows, labels neither overlap nor leave the page.
func TestReconstructionsLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 30).Draw(t, "columns")
		width := rapid.IntRange(1, 300).Draw(t, "width")
		height := rapid.IntRange(max(1, width/2), 2*width).Draw(t, "height")
		img := image.NewGray(image.Rect(0, 0, width, height))
		var rows []ImageRow
		for i := range rapid.IntRange(1, 6).Draw(t, "rows") {
			row := ImageRow{Label: fmt.Sprint(i, rapid.StringN(0, 100, -1).Draw(t, "label"))}
			for range columns {
				row.Images = append(row.Images, img)
			}
			rows = append(rows, row)
		}
		f, err := Reconstructions("Images", rows)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, f)
	})
}
