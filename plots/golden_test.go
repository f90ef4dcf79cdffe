package plots

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the figures to testdata instead of comparing")

// note is long enough to be wrapped below narrow figures.
const note = "synthetic images · 4 epochs (quick) · batch 16 · seed 87 · CPU, 2 threads"

// checkGolden compares a figure with testdata/name.svg, to the byte but for the
// compression of images in it, and with testdata/name.png, but for what rounding
// does to the edges of letters and lines.
func checkGolden(t *testing.T, name string, f *Figure) {
	t.Helper()
	f.Note = note
	svg, err := f.svg()
	if err != nil {
		t.Fatal(err)
	}
	raster, err := f.png(96)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		for ext, data := range map[string][]byte{".svg": svg, ".png": raster} {
			if err := os.WriteFile(path+ext, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	want, err := os.ReadFile(path + ".svg")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(withoutCompression(t, want), withoutCompression(t, svg)); diff != "" {
		t.Errorf("%s.svg differs (go test ./plots -update writes it anew; then look at it):\n%s", path, diff)
	}
	want, err = os.ReadFile(path + ".png")
	if err != nil {
		t.Fatal(err)
	}
	if share := differing(t, want, raster); share > 0.002 {
		t.Errorf("%s.png: %.2f %% of the pixels differ", path, 100*share)
	}
}

var embedded = regexp.MustCompile(`data:image/png;base64,([^"]*)`)

// withoutCompression replaces the images in an SVG by checksums of their pixels.
func withoutCompression(t *testing.T, svg []byte) string {
	return string(embedded.ReplaceAllFunc(svg, func(link []byte) []byte {
		data, err := base64.StdEncoding.DecodeString(string(embedded.FindSubmatch(link)[1]))
		if err != nil {
			t.Fatal(err)
		}
		img := decode(t, data)
		return fmt.Appendf(nil, "%v pixels, CRC %08x", img.Bounds().Size(), crc32.ChecksumIEEE(img.Pix))
	}))
}

// differing returns the share of pixels that differ by more than rounding.
func differing(t *testing.T, a, b []byte) float64 {
	t.Helper()
	x, y := decode(t, a), decode(t, b)
	if x.Bounds() != y.Bounds() {
		t.Fatalf("sizes differ: %v and %v", x.Bounds(), y.Bounds())
	}
	const tolerance = 24
	far := func(a, b uint8) bool { return max(a, b)-min(a, b) > tolerance }
	n := 0
	for row := range x.Bounds().Dy() {
		for column := range x.Bounds().Dx() {
			p, q := x.RGBAAt(column, row), y.RGBAAt(column, row)
			if far(p.R, q.R) || far(p.G, q.G) || far(p.B, q.B) {
				n++
			}
		}
	}
	return float64(n) / float64(x.Bounds().Dx()*x.Bounds().Dy())
}

func decode(t *testing.T, data []byte) *image.RGBA {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			out.Set(x, y, img.At(x, y))
		}
	}
	return out
}

func TestDiffering(t *testing.T) {
	encode := func(c color.Gray, marked int) []byte {
		img := image.NewGray(image.Rect(0, 0, 10, 10))
		for i := range img.Pix {
			img.Pix[i] = 100
			if i < marked {
				img.Pix[i] = c.Y
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	plain := encode(color.Gray{}, 0)
	for _, tt := range []struct {
		c      color.Gray
		marked int
		want   float64
	}{{color.Gray{Y: 255}, 3, 0.03}, {color.Gray{Y: 0}, 5, 0.05}, {color.Gray{Y: 110}, 50, 0}} {
		if got := differing(t, plain, encode(tt.c, tt.marked)); got != tt.want {
			t.Errorf("%d pixels of %v on 100: %v, want %v", tt.marked, tt.c, got, tt.want)
		}
	}
}
