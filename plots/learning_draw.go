package plots

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// learningPlot returns the plot of the curves; its data get about the given width.
func learningPlot(d Curves, width vg.Length) *plot.Plot {
	p := newPlot(d.X, d.Y)
	p.Add(curvePlotter(d))
	places := d.places()
	first, last := places[0], places[len(places)-1]
	pad := math.Pow(last/first, 0.03)
	if last == first {
		pad = 2
	}
	p.X.Min, p.X.Max = first/pad, last*pad
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = placeTicks{places, width}
	p.Y.Min, p.Y.Max = spread(p.Y.Min, p.Y.Max, 0.05)
	return p
}

// placeTicks marks an axis at the given places. Where labels would touch, the
// later one is left out, except the last.
type placeTicks struct {
	places []float64
	width  vg.Length // of the logarithmic axis
}

func (t placeTicks) Ticks(lo, hi float64) []plot.Tick {
	marks := make([]plot.Tick, len(t.places))
	at := func(i int) vg.Length { return t.width * vg.Length(plot.LogScale{}.Normalize(lo, hi, t.places[i])) }
	label := func(i int) string { return number(t.places[i], -1) }
	touch := func(i, j int) bool { return at(j)-at(i) < (tickText.width(label(i))+tickText.width(label(j)))/2+4 }
	end := len(t.places) - 1
	before := -1
	for i, x := range t.places {
		marks[i].Value = x
		// gonum/plot draws a tick without a label half as long.
		if (before < 0 || !touch(before, i)) && (i == end || !touch(i, end)) {
			marks[i].Label, before = label(i), i
		}
	}
	return marks
}

// curvePlotter draws all bands below all lines below all markers.
type curvePlotter Curves

func (d curvePlotter) DataRange() (xmin, xmax, ymin, ymax float64) {
	ymin, ymax = math.Inf(1), math.Inf(-1)
	if d.Reference != nil {
		ymin, ymax = d.Reference.Value, d.Reference.Value
	}
	for _, curve := range d.Curves {
		for _, p := range curve.Points {
			ymin, ymax = min(ymin, p.Low), max(ymax, p.High)
		}
	}
	places := Curves(d).places()
	return places[0], places[len(places)-1], ymin, ymax
}

func (d curvePlotter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if d.Reference != nil {
		at := y(d.Reference.Value)
		c.StrokeLine2(referenceLine, c.Min.X, at, c.Max.X, at)
	}
	opacity := uint8(max(20, min(36, 140/len(d.Curves)))) // bands that overlap must not hide lines
	for i, curve := range d.Curves {
		color := lineColors[i%len(lineColors)]
		var upper, lower []vg.Point
		for _, p := range curve.Points {
			upper = append(upper, vg.Point{X: x(p.X), Y: y(p.High)})
			lower = append(lower, vg.Point{X: x(p.X), Y: y(p.Low)})
		}
		if len(curve.Points) == 1 {
			c.StrokeLine2(draw.LineStyle{Color: color, Width: 0.9}, lower[0].X, lower[0].Y, upper[0].X, upper[0].Y)
			continue
		}
		color.A = opacity
		slices.Reverse(lower)
		c.FillPolygon(color, append(upper, lower...))
	}
	for i, curve := range d.Curves {
		line, _ := seriesStyle(i)
		var points []vg.Point
		for _, p := range curve.Points {
			points = append(points, vg.Point{X: x(p.X), Y: y(p.Value)})
		}
		c.StrokeLines(line, points)
	}
	for i, curve := range d.Curves {
		_, glyph := seriesStyle(i)
		for _, p := range curve.Points {
			c.DrawGlyphNoClip(glyph, vg.Point{X: x(p.X), Y: y(p.Value)})
		}
	}
}
