package plots

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"math"
	"strings"

	xdraw "golang.org/x/image/draw"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// dotsPerInch makes one point four dots, so that what lies on whole points
// lies on whole dots and is drawn sharp.
const dotsPerInch = 288

// png renders the figure.
func (f *Figure) png(dpi int) ([]byte, error) {
	w, h, _, _ := f.frame()
	c := rasterCanvas{vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi))}
	f.drawOn(draw.NewCanvas(c, w, h))
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, c.Image()); err != nil {
		return nil, err
	}
	return withResolution(out.Bytes(), dpi), nil
}

// withResolution adds the chunk to a PNG that tells programs how large to print
// it (Portable Network Graphics Specification, 11.3.5.3: pHYs).
func withResolution(png []byte, dpi int) []byte {
	const header = 8 + 4 + 4 + 13 + 4 // signature and IHDR, which comes first
	perMetre := uint32(math.Round(float64(dpi) / 0.0254))
	chunk := []byte("pHYs")
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = append(chunk, 1) // per metre
	out := bytes.Clone(png[:header])
	out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)-len("pHYs")))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, png[header:]...)
}

// rasterCanvas enlarges images without smoothing: their pixels stay squares.
type rasterCanvas struct{ *vgimg.Canvas }

func (c rasterCanvas) DrawImage(rect vg.Rectangle, img image.Image) {
	dots := func(l vg.Length) int { return int(math.Round(l.Dots(c.DPI()))) }
	size := image.Rect(0, 0, dots(rect.Size().X), dots(rect.Size().Y))
	if img.Bounds().Dx() > size.Dx() || img.Bounds().Dy() > size.Dy() {
		// An image of more pixels than dots is better smoothed.
		c.Canvas.DrawImage(rect, img)
		return
	}
	enlarged := image.NewRGBA(size)
	xdraw.NearestNeighbor.Scale(enlarged, size, img, img.Bounds(), xdraw.Src, nil)
	c.Canvas.DrawImage(rect, enlarged)
}

// svg renders the figure. Its text stays text.
func (f *Figure) svg() ([]byte, error) {
	w, h, _, _ := f.frame()
	c := &vectorCanvas{Canvas: vgsvg.New(w, h)}
	f.drawOn(draw.NewCanvas(c, w, h))
	var out bytes.Buffer
	if _, err := c.WriteTo(&out); err != nil {
		return nil, err
	}
	return c.finish(out.Bytes())
}

// vectorCanvas remembers the width of each text it draws.
type vectorCanvas struct {
	*vgsvg.Canvas
	widths []vg.Length
}

func (c *vectorCanvas) FillString(face font.Face, at vg.Point, s string) {
	c.widths = append(c.widths, face.Width(s))
	c.Canvas.FillString(face, at, s)
}

// finish mends what vgsvg writes: Liberation Sans gets the fonts of the same
// widths to fall back on, and each text the width it was laid out with, so that
// nothing overlaps where none of them is installed; embedded images, which are
// PNG, are declared as such and shown without smoothing.
func (c *vectorCanvas) finish(svg []byte) ([]byte, error) {
	parts := strings.Split(string(svg), "<text ")
	if len(parts) != len(c.widths)+1 {
		return nil, fmt.Errorf("%d texts were drawn and %d written", len(c.widths), len(parts)-1)
	}
	var b strings.Builder
	b.WriteString(parts[0])
	for i, part := range parts[1:] {
		fmt.Fprintf(&b, `<text textLength="%.5g" lengthAdjust="spacingAndGlyphs" `, c.widths[i].Points())
		b.WriteString(part)
	}
	return []byte(strings.NewReplacer(
		"font-family:Liberation Sans;", "font-family:Liberation Sans,Arimo,Arial,Helvetica,sans-serif;",
		"font-variant:none;", "",
		"<image ", `<image style="image-rendering:pixelated" preserveAspectRatio="none" `,
		"data:image/jpg;", "data:image/png;",
	).Replace(b.String())), nil
}
