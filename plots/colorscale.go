package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// colorScale tells what the sequential colours mean: a column of them, labelled
// from low at the bottom to high at the top.
type colorScale struct {
	low, high float64
	height    vg.Length
	title     []string // in lines, read upwards
}

const (
	scaleGap  = vg.Length(14) // between cells and colour scale
	scaleSize = vg.Length(9)  // width of the colours
	scaleText = vg.Length(34) // the least room of labels and title
)

// newColorScale returns a scale of the given height. A title that is longer than
// longest has several lines.
func newColorScale(low, high float64, title string, height, longest vg.Length) colorScale {
	return colorScale{low, high, height, labelText.wrap(title, longest)}
}

// color returns the colour of a value; beyond the scale it is that of the scale's end.
func (s colorScale) color(value float64) color.NRGBA {
	return sequential(max(0, min(1, (value-s.low)/(s.high-s.low))))
}

func (s colorScale) ticks() []plot.Tick {
	const lead = 12 // points: from one label to the next
	return ticks{most: max(2, min(7, int(s.height/lead)))}.Ticks(s.low, s.high)
}

// titleAt is the distance from the colours to the middle of the title's first
// line.
func (s colorScale) titleAt() vg.Length {
	at := scaleText - 5
	for _, tick := range s.ticks() {
		at = max(at, 5+tickText.width(tick.Label)+8)
	}
	return at
}

func (s colorScale) width() vg.Length {
	return scaleSize + s.titleAt() + 5 + labelText.lead()*vg.Length(max(0, len(s.title)-1))
}

// draw draws the scale with its lower left corner at corner. A title longer than
// the scale starts at its top and goes on below it.
func (s colorScale) draw(c draw.Canvas, corner vg.Point) {
	top := corner.Add(vg.Point{X: scaleSize, Y: s.height})
	c.DrawImage(vg.Rectangle{Min: corner, Max: top}, sequentialScale(128))
	for _, tick := range s.ticks() {
		y := corner.Y + s.height*vg.Length((tick.Value-s.low)/(s.high-s.low))
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: axisWidth}, top.X, y, top.X+2.5, y)
		tickText.writeMiddle(c, vg.Point{X: top.X + 5, Y: y}, left, tick.Label)
	}
	middle := min(corner.Y+s.height/2, top.Y-labelText.widest(s.title)/2)
	lines := labelText.lead() * vg.Length(max(0, len(s.title)-1))
	labelText.writeTurnedBlock(c, vg.Point{X: top.X + s.titleAt() + lines/2, Y: middle}, math.Pi/2, centre, s.title)
}
