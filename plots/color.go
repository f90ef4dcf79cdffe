package plots

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var (
	white = color.Gray{Y: 255}
	ink   = color.Gray{Y: 0x22} // text and axes
	grey  = color.Gray{Y: 0x66} // secondary text: 5.7:1 against white
	faint = color.Gray{Y: 0xE4} // grid lines
)

// Of a class's density: no points at all, none of the class.
var (
	background = color.NRGBA{0xF8, 0xF8, 0xF8, 0xFF}
	silhouette = color.NRGBA{0xE0, 0xE0, 0xE0, 0xFF}
)

// classColors are ten colours that readers with red-green blindness tell
// apart: Paul Tol's "muted" scheme with a black for its pale grey
// (https://personal.sron.nl/~pault/, Technical Note SRON/EPS/TN/09-002).
var classColors = []color.NRGBA{
	{0x33, 0x22, 0x88, 0xFF}, // indigo
	{0xCC, 0x66, 0x77, 0xFF}, // rose
	{0xDD, 0xCC, 0x77, 0xFF}, // sand
	{0x11, 0x77, 0x33, 0xFF}, // green
	{0x88, 0xCC, 0xEE, 0xFF}, // cyan
	{0x88, 0x22, 0x55, 0xFF}, // wine
	{0x44, 0xAA, 0x99, 0xFF}, // teal
	{0x99, 0x99, 0x33, 0xFF}, // olive
	{0xAA, 0x44, 0x99, 0xFF}, // purple
	{0x33, 0x33, 0x33, 0xFF}, // black
}

// lineColors are those of Okabe and Ito that show as thin lines on white
// (https://jfly.uni-koeln.de/color/).
var lineColors = []color.NRGBA{
	{0x00, 0x72, 0xB2, 0xFF}, // blue
	{0xD5, 0x5E, 0x00, 0xFF}, // vermillion
	{0x00, 0x9E, 0x73, 0xFF}, // bluish green
	{0xCC, 0x79, 0xA7, 0xFF}, // reddish purple
	{0xE6, 0x9F, 0x00, 0xFF}, // orange
	{0x00, 0x00, 0x00, 0xFF}, // black
	{0x56, 0xB4, 0xE9, 0xFF}, // sky blue
}

// between mixes two colours: a at 0, b at 1.
func between(a, b color.NRGBA, share float64) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + share*(float64(b)-float64(a)) + 0.5) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), mix(a.A, b.A)}
}

// legibleOn returns the colour for text on a fill, ink or white, that has the
// higher contrast (Web Content Accessibility Guidelines 2.1, "contrast ratio").
func legibleOn(fill color.NRGBA) color.Color {
	luminance := func(c color.NRGBA) float64 {
		linear := func(v uint8) float64 {
			x := float64(v) / 255
			if x <= 0.04045 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
	}
	on, dark := luminance(fill)+0.05, luminance(color.NRGBA{ink.Y, ink.Y, ink.Y, 0xFF})+0.05
	if on/dark >= 1.05/on {
		return ink
	}
	return white
}

// classShapes are ten glyphs, so that no class depends on its colour alone.
var classShapes = []draw.GlyphDrawer{
	draw.CircleGlyph{},
	polygon{sides: 4, turn: 0.125}, // square
	polygon{sides: 3},              // triangle
	polygon{sides: 4},              // diamond
	star{points: 4, waist: 0.38, turn: 0.125},
	polygon{sides: 3, turn: 0.5}, // triangle on its tip
	star{points: 5, waist: 0.42},
	polygon{sides: 6},
	star{points: 4, waist: 0.38},
	star{points: 3, waist: 0.35},
}

// classGlyph returns the marker of the i-th class: a hundred classes share no
// pair of colour and shape.
func classGlyph(i int, radius vg.Length, opacity float64) draw.GlyphStyle {
	n := len(classColors)
	c := classColors[i%n]
	c.A = uint8(255*opacity + 0.5)
	return draw.GlyphStyle{Color: c, Radius: radius, Shape: classShapes[(i+i/n)%n]}
}

// sequentialColors are ColorBrewer's "Blues" (https://colorbrewer2.org).
var sequentialColors = []color.NRGBA{
	{0xF7, 0xFB, 0xFF, 0xFF}, {0xDE, 0xEB, 0xF7, 0xFF}, {0xC6, 0xDB, 0xEF, 0xFF},
	{0x9E, 0xCA, 0xE1, 0xFF}, {0x6B, 0xAE, 0xD6, 0xFF}, {0x42, 0x92, 0xC6, 0xFF},
	{0x21, 0x71, 0xB5, 0xFF}, {0x08, 0x51, 0x9C, 0xFF}, {0x08, 0x30, 0x6B, 0xFF},
}

// sequential returns a colour from nearly white at 0 to dark blue at 1.
func sequential(share float64) color.NRGBA {
	last := len(sequentialColors) - 1
	at := share * float64(last)
	i := min(int(at), last-1)
	return between(sequentialColors[i], sequentialColors[i+1], at-float64(i))
}

// sequentialScale is a column of the sequential colours, 1 at the top.
func sequentialScale(steps int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, 1, steps))
	for i := range steps {
		img.SetNRGBA(0, i, sequential(1-float64(i)/float64(steps-1)))
	}
	return img
}
