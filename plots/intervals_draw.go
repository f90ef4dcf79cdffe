package plots

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// intervalLayout is a figure of intervals with its measures on paper.
type intervalLayout struct {
	Intervals
	key        legend
	labels     [][]string // of the rows, in lines
	labelWidth vg.Length
	width      vg.Length
	panelWidth vg.Length
	lane       vg.Length // from one series of a row to the next
	row        vg.Length // from one row to the next
	head       vg.Length // above the drawing
}

const intervalGap = vg.Length(16) // between panels

func newIntervalLayout(d Intervals) *intervalLayout {
	const (
		wholeWidth, oneWidth = 504, 400
		longest              = 126 // points: a row's label
		mostLines            = 3
		tallest              = 480 // all lanes together, if they can be that narrow
		laneLeast, laneMost  = 5.2, 7
		rowGap               = 6
	)
	l := &intervalLayout{Intervals: d, width: wholeWidth}
	if len(d.Panels) == 1 {
		l.width = oneWidth
	}
	lines := 1
	for _, label := range d.Rows {
		wrapped := tickText.wrapTo(label, longest, mostLines)
		l.labels = append(l.labels, wrapped)
		lines = max(lines, len(wrapped))
		l.labelWidth = max(l.labelWidth, tickText.widest(wrapped))
	}
	l.labelWidth = vg.Length(math.Ceil(float64(l.labelWidth))) + labelGap + 2
	panels := vg.Length(len(d.Panels))
	l.panelWidth = (l.width - l.labelWidth - intervalGap*(panels-1) - 6) / panels // 6: half of the last tick's label

	series := len(d.Series)
	l.lane = vg.Length(min(max(tallest/float64(len(d.Rows)*series), laneLeast), laneMost))
	l.row = max(l.lane*vg.Length(series)+rowGap, tickText.lead()*vg.Length(lines)+3)
	for _, panel := range d.Panels {
		if panel.Label != "" {
			l.head = 14
		}
	}
	if d.Reference != nil {
		l.head += 10
	}
	for j, label := range d.Series {
		line, glyph := intervalStyle(j)
		l.key = append(l.key, legendEntry{label: label, line: line, glyph: glyph})
	}
	return l
}

// intervalStyle is a series' style for intervals that are hardly longer than a
// marker is wide, as those of accuracies on 10,000 images are.
func intervalStyle(series int) (draw.LineStyle, draw.GlyphStyle) {
	line, glyph := seriesStyle(series)
	line.Width, line.Dashes, glyph.Radius = 1, nil, 1.5
	return line, glyph
}

func (l *intervalLayout) height() vg.Length {
	return l.key.height(l.width) + l.head + l.row*vg.Length(len(l.Rows)) + acrossHeight
}

func (l *intervalLayout) draw(c draw.Canvas) {
	l.key.draw(c)
	top := c.Max.Y - l.key.height(l.width) - l.head
	bottom := top - l.row*vg.Length(len(l.Rows))
	for i, lines := range l.labels {
		y := top - l.row*(vg.Length(i)+0.5)
		tickText.writeBlock(c, vg.Point{X: c.Min.X + l.labelWidth - labelGap - 2, Y: y}, right, lines)
	}
	lo, hi := l.scale()
	start := c.Min.X + l.labelWidth
	a := across{lo: lo, hi: hi, left: start}
	for _, panel := range l.Panels {
		a.right = a.left + l.panelWidth
		l.drawPanel(c, panel, a, bottom, top)
		a.left = a.right + intervalGap
	}
	labelText.write(c, vg.Point{X: (start + a.right) / 2, Y: bottom - acrossHeight + 2}, centre,
		labelText.shorten(l.Axis, a.right-start))
}

func (l *intervalLayout) drawPanel(c draw.Canvas, panel IntervalPanel, a across, bottom, top vg.Length) {
	for i := 0; i < len(l.Rows); i += 2 { // lead the eye along the rows
		c.SetColor(background)
		c.Fill(vg.Rectangle{
			Min: vg.Point{X: a.left, Y: top - l.row*vg.Length(i+1)},
			Max: vg.Point{X: a.right, Y: top - l.row*vg.Length(i)},
		}.Path())
	}
	a.drawGrid(c, bottom, top)
	panelText.write(c, vg.Point{X: (a.left + a.right) / 2, Y: top + l.head - 9}, centre,
		panelText.shorten(panel.Label, l.panelWidth))
	if r := l.Reference; r != nil {
		x := a.at(r.Value)
		c.StrokeLine2(referenceLine, x, bottom, x, top+2)
		label := noteText.shorten(r.Label, l.panelWidth)
		half := noteText.width(label) / 2
		noteText.write(c, vg.Point{X: max(a.left+half, min(a.right-half, x)), Y: top + 4}, centre, label)
	}
	a.drawAxis(c, bottom, top)
	for i, row := range panel.Estimates {
		first := top - l.row*(vg.Length(i)+0.5) + l.lane*vg.Length(len(row)-1)/2
		for j, e := range row {
			if e == nil {
				continue
			}
			line, glyph := intervalStyle(j)
			y := first - l.lane*vg.Length(j)
			c.StrokeLine2(line, a.at(e.Low), y, a.at(e.High), y)
			c.DrawGlyphNoClip(glyph, vg.Point{X: a.at(e.Value), Y: y})
		}
	}
}
