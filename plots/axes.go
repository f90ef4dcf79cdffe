package plots

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// newPlot returns a plot with this package's lettering, thin axes and a faint
// grid.
func newPlot(xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Width = 0 // spines draws the axes
		axis.Tick.Color, axis.Tick.Width, axis.Tick.Length = ink, axisWidth, 3
		axis.Padding = 0
		axis.Label.TextStyle = labelText.style(draw.XCenter, draw.YBottom)
		axis.Label.Padding = 3
		axis.Tick.Marker = ticks{}
	}
	// Below its tick, and clear of the Y axis' label in the corner.
	p.X.Tick.Label = tickText.style(draw.XCenter, -1.2)
	p.X.Label.Padding += 1.5
	// Half-way up the digits; draw.YCenter is half-way up the line.
	p.Y.Tick.Label = tickText.style(draw.XRight, -0.584)
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = faint, faint
	p.Add(grid, spines{})
	return p
}

const axisWidth = vg.Length(0.6)

// spines draws the left and the bottom axis as one line, so that they meet.
type spines struct{}

func (spines) Plot(c draw.Canvas, _ *plot.Plot) {
	c.StrokeLines(draw.LineStyle{Color: ink, Width: axisWidth},
		[]vg.Point{{X: c.Min.X, Y: c.Max.Y}, c.Min, {X: c.Max.X, Y: c.Min.Y}})
}

// spread widens the range [lo, hi] by share of its length at both ends, and an
// (almost) empty one until it can be drawn.
func spread(lo, hi, share float64) (float64, float64) {
	pad := (hi - lo) * share
	if size := max(math.Abs(lo), math.Abs(hi)); hi-lo <= 1e-6*size || size < 1e-12 {
		pad = max(0.05*size, 1e-3)
	}
	return lo - pad, hi + pad
}

// ticks marks an axis at 1, 2 or 5 times a power of ten, at most most times (7
// where it is 0), and labels them all with the same number of decimals.
type ticks struct {
	most  int
	whole bool // only at integers
}

// ticksWithin returns as many ticks for the range as have room for their labels
// side by side in the width.
func ticksWithin(width vg.Length, lo, hi float64, whole bool) ticks {
	for t := (ticks{most: 7, whole: whole}); ; t.most-- {
		used := vg.Length(0)
		for _, mark := range t.Ticks(lo, hi) {
			used += tickText.width(mark.Label) + 8
		}
		if used <= width || t.most == 2 {
			return t
		}
	}
}

// Ticks returns the marks from lo to hi, where hi is above lo.
func (t ticks) Ticks(lo, hi float64) []plot.Tick {
	most := t.most
	if most == 0 {
		most = 7
	}
	step, decimals := t.step((hi - lo) / float64(most))
	var marks []plot.Tick
	for i := math.Ceil(lo/step - 1e-9); i*step <= hi+1e-9*step; i++ {
		marks = append(marks, plot.Tick{Value: i * step, Label: number(i*step, decimals)})
	}
	return marks
}

// step returns the smallest step not below least, and its decimals.
func (t ticks) step(least float64) (step float64, decimals int) {
	if t.whole {
		least = math.Max(least, 1)
	}
	exponent := math.Floor(math.Log10(least))
	for _, m := range []float64{1, 2, 5, 10} {
		if step = m * math.Pow(10, exponent); step >= least*(1-1e-9) {
			if m == 10 {
				exponent++
			}
			break
		}
	}
	return step, int(math.Max(0, -exponent))
}

// number formats x with a proper minus sign, and with an exponent if that is
// shorter.
func number(x float64, decimals int) string {
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if len(s) > 9 {
		s = strconv.FormatFloat(x, 'g', 9, 64)
	}
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1)
}
