package plots

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legend explains what lines and the markers on them stand for.
type legend []legendEntry

type legendEntry struct {
	label string
	line  draw.LineStyle
	glyph draw.GlyphStyle
}

const (
	legendSample = vg.Length(22) // width of a line's sample
	markerSample = vg.Length(8)  // and of a marker's
	legendGap    = vg.Length(4)  // between sample and label
	legendNext   = vg.Length(14) // between entries in a row
	legendLead   = vg.Length(13) // height of a row
)

// sample returns the width of the entries' samples: that of lines, or of markers
// where there are no lines.
func (l legend) sample() vg.Length {
	for _, e := range l {
		if e.line.Width > 0 {
			return legendSample
		}
	}
	return markerSample
}

// rows breaks the legend into rows no wider than width.
func (l legend) rows(width vg.Length) []legend {
	var rows []legend
	sample := l.sample()
	used := vg.Length(0)
	for _, e := range l {
		e.label = tickText.shorten(e.label, width-sample-legendGap)
		w := sample + legendGap + tickText.width(e.label)
		if len(rows) == 0 || used+legendNext+w > width {
			rows, used = append(rows, legend{e}), w
			continue
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], e)
		used += legendNext + w
	}
	return rows
}

// height is the legend's height at the given width, with some space below.
func (l legend) height(width vg.Length) vg.Length {
	return legendLead*vg.Length(len(l.rows(width))) + 5
}

// draw draws the legend at the canvas's top left corner.
func (l legend) draw(c draw.Canvas) {
	sample := l.sample()
	y := c.Max.Y - legendLead/2
	for _, row := range l.rows(c.Size().X) {
		x := c.Min.X
		for _, e := range row {
			c.StrokeLine2(e.line, x, y, x+sample, y)
			c.DrawGlyphNoClip(e.glyph, vg.Point{X: x + sample/2, Y: y})
			x += sample + legendGap
			tickText.writeMiddle(c, vg.Point{X: x, Y: y}, left, e.label)
			x += tickText.width(e.label) + legendNext
		}
		y -= legendLead
	}
}
