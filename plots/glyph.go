package plots

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// polygon is a filled regular polygon with as much area as a circle of the
// glyph's radius; one corner points up, turned by turn (of a full turn).
type polygon struct {
	sides int
	turn  float64
}

func (p polygon) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	n := float64(p.sides)
	area := n / 2 * math.Sin(2*math.Pi/n) // with corners at distance 1
	r := float64(sty.Radius) * math.Sqrt(math.Pi/area)
	corners := make([]vg.Point, p.sides)
	for i := range corners {
		corners[i] = onCircle(at, r, p.turn+float64(i)/n)
	}
	c.FillPolygon(sty.Color, corners)
}

// star is a filled star with as much area as a circle of the glyph's radius.
// Its inner corners are at waist (0 to 1) of the outer ones' distance.
type star struct {
	points int
	waist  float64
	turn   float64
}

func (s star) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	n := float64(s.points)
	area := n * s.waist * math.Sin(math.Pi/n) // with outer corners at distance 1
	r := float64(sty.Radius) * math.Sqrt(math.Pi/area)
	corners := make([]vg.Point, 2*s.points)
	for i := range corners {
		distance := r
		if i%2 == 1 {
			distance *= s.waist
		}
		corners[i] = onCircle(at, distance, s.turn+float64(i)/(2*n))
	}
	c.FillPolygon(sty.Color, corners)
}

// onCircle returns the point at distance r from centre, turn of a full turn
// counter-clockwise from the top.
func onCircle(centre vg.Point, r, turn float64) vg.Point {
	sin, cos := math.Sincos(2 * math.Pi * turn)
	return vg.Point{X: centre.X - vg.Length(r*sin), Y: centre.Y + vg.Length(r*cos)}
}
