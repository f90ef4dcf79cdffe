package plots

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"testing"
)

// Machado, Oliveira and Fernandes, "A Physiologically-based Model for
// Simulation of Color Vision Deficiency" (2009), severity 1, on linear RGB.
var visions = map[string][3][3]float64{
	"normal": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia": {
		{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998},
	},
	"deuteranopia": {
		{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881},
	},
}

// lab returns a colour as seen, in CIE L*a*b* (D65).
func lab(c color.NRGBA, vision [3][3]float64) [3]float64 {
	linear := func(v uint8) float64 {
		if x := float64(v) / 255; x > 0.04045 {
			return math.Pow((x+0.055)/1.055, 2.4)
		} else {
			return x / 12.92
		}
	}
	rgb := times(vision, [3]float64{linear(c.R), linear(c.G), linear(c.B)})
	for i := range rgb {
		rgb[i] = max(0, min(1, rgb[i]))
	}
	xyz := times([3][3]float64{
		{0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041},
	}, rgb)
	f := func(v, of float64) float64 {
		if v /= of; v > 216./24389 {
			return math.Cbrt(v)
		}
		return (24389./27*v + 16) / 116
	}
	x, y, z := f(xyz[0], 0.95047), f(xyz[1], 1), f(xyz[2], 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func times(m [3][3]float64, v [3]float64) (out [3]float64) {
	for i, row := range m {
		for j, x := range row {
			out[i] += x * v[j]
		}
	}
	return out
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

// A difference of 2.3 is just noticeable side by side; colours far apart on a
// page need several times that.
func TestColorsDifferForEveryEye(t *testing.T) {
	for name, vision := range visions {
		for palette, colors := range map[string][]color.NRGBA{"classes": classColors, "lines": lineColors} {
			least, a, b := math.Inf(1), 0, 0
			for i := range colors {
				for j := range i {
					if d := distance(lab(colors[i], vision), lab(colors[j], vision)); d < least {
						least, a, b = d, i, j
					}
				}
			}
			t.Logf("%s, %s: colours %d and %d are closest, %.1f apart", palette, name, a, b, least)
			if least < 12 {
				t.Errorf("%s: colours %d and %d are %.1f apart with %s", palette, a, b, least, name)
			}
		}
	}
}

// The shades of the sequential scale darken evenly, so that it reads in grey.
func TestSequentialDarkens(t *testing.T) {
	last := math.Inf(1)
	for i := range 101 {
		l := lab(sequential(float64(i)/100), visions["normal"])[0]
		if l >= last {
			t.Errorf("lightness %.1f at %d %% is not below %.1f", l, i, last)
		}
		last = l
	}
}

func TestClassGlyphsDiffer(t *testing.T) {
	type look struct {
		color color.Color
		shape any
	}
	seen := map[look]int{}
	for i := range 100 {
		g := classGlyph(i, 1, 1)
		if j, ok := seen[look{g.Color, g.Shape}]; ok {
			t.Errorf("classes %d and %d look the same", j, i)
		}
		seen[look{g.Color, g.Shape}] = i
	}
}

// The worst fill is one that contrasts with ink as much as with white:
// the root of ink's own contrast with white, 15.9.
func TestTextIsLegible(t *testing.T) {
	luminance := func(c color.NRGBA) float64 {
		return math.Pow((lab(c, visions["normal"])[0]+16)/116, 3)
	}
	fills := slices.Clone(classColors)
	for i := range 101 {
		fills = append(fills, sequential(float64(i)/100))
	}
	for _, fill := range fills {
		text := color.NRGBAModel.Convert(legibleOn(fill)).(color.NRGBA)
		a, b := luminance(fill)+0.05, luminance(text)+0.05
		if contrast := max(a, b) / min(a, b); contrast < 3.9 {
			t.Errorf("text in %v on %v has a contrast of %.1f", text, fill, contrast)
		}
	}
}

func TestSeriesStylesDiffer(t *testing.T) {
	type look struct {
		color  color.Color
		dashes string
	}
	looks, shapes := map[look]bool{}, map[any]bool{}
	for i := range 8 {
		line, glyph := seriesStyle(i)
		look := look{line.Color, fmt.Sprint(line.Dashes)}
		if looks[look] || shapes[glyph.Shape] {
			t.Errorf("series %d looks like one before it", i)
		}
		looks[look], shapes[glyph.Shape] = true, true
	}
}
