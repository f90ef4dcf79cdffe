package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Tradeoff is what TradeoffPlot draws: two measures of each of several networks.
type Tradeoff struct {
	// X and Y say what the axes hold. X is logarithmic.
	X, Y   string
	Points []TradeoffPoint
	// Vertical and Horizontal are what the measure of X and that of Y alone can
	// reach, dashed. Nil leaves one out.
	Vertical, Horizontal *Reference
}

// TradeoffPoint is a network; all of X is above 0.
type TradeoffPoint struct {
	Label string
	X, Y  Estimate
}

// TradeoffPlot draws a marker for each network, with the intervals of both
// measures, below a key. It returns an error if there is no point, if two share a
// label, or if a number is not finite, outside its interval, or not above 0 where
// it must be.
func TradeoffPlot(title string, d Tradeoff) (*Figure, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("trade-off %q: %w", title, err)
	}
	const width, height = 440, 260
	p := newPlot(d.X, d.Y)
	p.Add(tradeoffPlotter(d))
	pad := math.Pow(p.X.Max/p.X.Min, 0.06)
	if pad == 1 {
		pad = 2
	}
	p.X.Min, p.X.Max = p.X.Min/pad, p.X.Max*pad
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades{}
	p.Y.Min, p.Y.Max = spread(p.Y.Min, p.Y.Max, 0.06)
	var key legend
	for i, point := range d.Points {
		line, glyph := tradeoffStyle(i)
		key = append(key, legendEntry{label: point.Label, line: line, glyph: glyph})
	}
	return &Figure{
		title: title, width: width, height: key.height(width) + height,
		body: func(c draw.Canvas) {
			key.draw(c)
			p.Draw(draw.Crop(c, 0, -8, 0, -key.height(width)-6))
		},
	}, nil
}

func (d Tradeoff) check() error {
	labels := make([]string, len(d.Points))
	for i, p := range d.Points {
		labels[i] = p.Label
		for axis, e := range map[string]Estimate{"x": p.X, "y": p.Y} {
			if err := e.check(); err != nil {
				return fmt.Errorf("%s of %q: %w", axis, p.Label, err)
			}
		}
		if !(p.X.Low > 0) {
			return fmt.Errorf("x of %q reaches down to %g; want numbers above 0", p.Label, p.X.Low)
		}
	}
	if r := d.Vertical; r != nil && !(r.Value > 0) {
		return fmt.Errorf("reference %q is %g; want a number above 0", r.Label, r.Value)
	}
	for _, r := range []*Reference{d.Vertical, d.Horizontal} {
		if err := r.check(); err != nil {
			return err
		}
	}
	return checkLabels("points", labels)
}

// tradeoffStyle is a network's cross of intervals and its marker.
func tradeoffStyle(i int) (draw.LineStyle, draw.GlyphStyle) {
	line, glyph := seriesStyle(i)
	line.Width, line.Dashes, glyph.Radius = 0.9, nil, 2.6
	return line, glyph
}

// tradeoffPlotter draws the references below all crosses below all markers.
type tradeoffPlotter Tradeoff

func (d tradeoffPlotter) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, ymin = math.Inf(1), math.Inf(1)
	xmax, ymax = math.Inf(-1), math.Inf(-1)
	for _, p := range d.Points {
		xmin, xmax = min(xmin, p.X.Low), max(xmax, p.X.High)
		ymin, ymax = min(ymin, p.Y.Low), max(ymax, p.Y.High)
	}
	if d.Vertical != nil {
		xmin, xmax = min(xmin, d.Vertical.Value), max(xmax, d.Vertical.Value)
	}
	if d.Horizontal != nil {
		ymin, ymax = min(ymin, d.Horizontal.Value), max(ymax, d.Horizontal.Value)
	}
	return xmin, xmax, ymin, ymax
}

func (d tradeoffPlotter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	if r := d.Vertical; r != nil {
		at := x(r.Value)
		c.StrokeLine2(referenceLine, at, c.Min.Y, at, c.Max.Y)
		noteText.write(c, vg.Point{X: at + 3, Y: c.Min.Y + 4}, left, noteText.shorten(r.Label, c.Max.X-at-3))
	}
	if r := d.Horizontal; r != nil {
		at := y(r.Value)
		c.StrokeLine2(referenceLine, c.Min.X, at, c.Max.X, at)
		// At the left, where networks are that are poor at what Y measures.
		from := c.Min.X + 4
		if d.Vertical != nil {
			from = max(from, x(d.Vertical.Value)+4)
		}
		noteText.write(c, vg.Point{X: from, Y: at + 3}, left, noteText.shorten(r.Label, c.Max.X-from))
	}
	for i, point := range d.Points {
		line, _ := tradeoffStyle(i)
		c.StrokeLine2(line, x(point.X.Low), y(point.Y.Value), x(point.X.High), y(point.Y.Value))
		c.StrokeLine2(line, x(point.X.Value), y(point.Y.Low), x(point.X.Value), y(point.Y.High))
	}
	for i, point := range d.Points {
		_, glyph := tradeoffStyle(i)
		c.DrawGlyphNoClip(glyph, vg.Point{X: x(point.X.Value), Y: y(point.Y.Value)})
	}
}

// decades marks a logarithmic axis at 1, 2 and 5 times the powers of ten, or at
// these alone where there are more than two.
type decades struct{}

func (decades) Ticks(lo, hi float64) []plot.Tick {
	var marks []plot.Tick
	few := math.Log10(hi/lo) <= 2
	for exponent := math.Floor(math.Log10(lo)); exponent <= math.Ceil(math.Log10(hi)); exponent++ {
		for _, m := range []float64{1, 2, 5} {
			value := m * math.Pow(10, exponent)
			if value < lo || value > hi {
				continue
			}
			mark := plot.Tick{Value: value}
			if few || m == 1 {
				mark.Label = number(value, max(0, int(-exponent)))
			}
			marks = append(marks, mark)
		}
	}
	return marks
}
