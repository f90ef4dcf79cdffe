package plots

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// across is a horizontal axis: it maps the numbers from lo to hi to the places
// from left to right.
type across struct {
	lo, hi      float64
	left, right vg.Length
}

// acrossHeight is the room of its labels and title, below the drawing.
const acrossHeight = vg.Length(28)

func (a across) at(x float64) vg.Length {
	return a.left + (a.right-a.left)*vg.Length((x-a.lo)/(a.hi-a.lo))
}

func (a across) ticks() []plot.Tick {
	return ticksWithin(a.right-a.left, a.lo, a.hi, false).Ticks(a.lo, a.hi)
}

// drawGrid draws a faint line at each tick.
func (a across) drawGrid(c draw.Canvas, bottom, top vg.Length) {
	for _, tick := range a.ticks() {
		x := a.at(tick.Value)
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: 0.5}, x, bottom, x, top)
	}
}

// drawAxis draws the spines, ticks and labels of a drawing between bottom and top.
func (a across) drawAxis(c draw.Canvas, bottom, top vg.Length) {
	line := draw.LineStyle{Color: ink, Width: axisWidth}
	c.StrokeLines(line, []vg.Point{{X: a.left, Y: top}, {X: a.left, Y: bottom}, {X: a.right, Y: bottom}})
	for _, tick := range a.ticks() {
		x := a.at(tick.Value)
		c.StrokeLine2(line, x, bottom, x, bottom-3)
		tickText.writeMiddle(c, vg.Point{X: x, Y: bottom - 9}, centre, tick.Label)
	}
}
