package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// cuboid is a feature map in oblique projection: its channels go to the right,
// its rows up and its columns to the back.
type cuboid struct {
	wide, high, deep vg.Length
	color            color.NRGBA
}

// foreshortening of the edges that go to the back, at 45 degrees.
const foreshortening = 0.28

// newCuboid sizes the map shape [C, H, W] on paper where most is the largest of
// each of all maps' dimensions. Heights and depths are true to scale, widths
// to the root of the channels.
func newCuboid(shape, most [3]int, c color.NRGBA) cuboid {
	const highest, widest = 96, 30
	scale := highest / float64(max(most[1], most[2]))
	return cuboid{
		wide:  vg.Length(3 + widest*math.Sqrt(float64(shape[0])/float64(most[0]))),
		high:  vg.Length(max(5, scale*float64(shape[1]))),
		deep:  vg.Length(max(5, scale*float64(shape[2])) * foreshortening),
		color: c,
	}
}

// size is what the cuboid covers on paper.
func (b cuboid) size() vg.Point { return vg.Point{X: b.wide + b.deep, Y: b.high + b.deep} }

// draw draws the cuboid with the middle of what it covers at middle.
func (b cuboid) draw(c draw.Canvas, middle vg.Point) {
	corner := middle.Sub(b.size().Scale(0.5))
	at := func(x, y, z vg.Length) vg.Point { return corner.Add(vg.Point{X: x + z, Y: y + z}) }
	front := []vg.Point{at(0, 0, 0), at(b.wide, 0, 0), at(b.wide, b.high, 0), at(0, b.high, 0)}
	top := []vg.Point{at(0, b.high, 0), at(b.wide, b.high, 0), at(b.wide, b.high, b.deep), at(0, b.high, b.deep)}
	side := []vg.Point{at(b.wide, 0, 0), at(b.wide, 0, b.deep), at(b.wide, b.high, b.deep), at(b.wide, b.high, 0)}
	paper := color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
	edge := draw.LineStyle{Color: between(b.color, color.NRGBA{A: 0xFF}, 0.25), Width: 0.6}
	for _, face := range []struct {
		corners []vg.Point
		tint    float64
	}{{top, 0.22}, {side, 0.62}, {front, 0.42}} {
		c.FillPolygon(between(paper, b.color, face.tint), face.corners)
		c.StrokeLines(edge, append(face.corners, face.corners[:2]...))
	}
}

// drawArrow draws an arrow from one point to another.
func drawArrow(c draw.Canvas, from, to vg.Point) {
	const head, half = 4.5, 2
	along := to.Sub(from)
	along = along.Scale(1 / vg.Length(math.Hypot(float64(along.X), float64(along.Y))))
	across := vg.Point{X: -along.Y, Y: along.X}
	neck := to.Sub(along.Scale(head))
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 0.8}, from.X, from.Y, neck.X, neck.Y)
	c.FillPolygon(ink, []vg.Point{to, neck.Add(across.Scale(half)), neck.Sub(across.Scale(half))})
}
