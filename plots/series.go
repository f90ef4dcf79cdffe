package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Series is one curve: a loss over epochs.
type Series struct {
	Label string
	// X are increasing epochs, and Y the losses after them: equally many, at
	// least one, all finite.
	X, Y []float64
	// Dashed tells test from training.
	Dashed bool
}

// dash is the pattern of dashed lines: points on, points off.
var dash = []vg.Length{4, 2}

// fewPoints is the length up to which a curve's single points are marked.
const fewPoints = 20

func checkSeries(series []Series) error {
	if len(series) == 0 {
		return errors.New("no series")
	}
	seen := map[string]bool{}
	for _, s := range series {
		if seen[s.Label] {
			return fmt.Errorf("two series are labelled %q", s.Label)
		}
		seen[s.Label] = true
		if err := s.check(); err != nil {
			return fmt.Errorf("series %q: %w", s.Label, err)
		}
	}
	return nil
}

func (s Series) check() error {
	if len(s.X) == 0 || len(s.X) != len(s.Y) {
		return fmt.Errorf("%d X and %d Y; want as many of each, one or more", len(s.X), len(s.Y))
	}
	for i := range s.X {
		if !finite(s.X[i]) || !finite(s.Y[i]) {
			return fmt.Errorf("point %d is (%g, %g); want finite numbers", i, s.X[i], s.Y[i])
		}
		if i > 0 && s.X[i] <= s.X[i-1] {
			return fmt.Errorf("point %d is at X %g after %g; want rising X", i, s.X[i], s.X[i-1])
		}
	}
	return nil
}

// finite also excludes numbers so large that sums of them are not.
func finite(x float64) bool { return math.Abs(x) < 1e100 }

// seriesLegend gives each label, in order of appearance, a line of its own
// colour; equal labels in different panels share one.
func seriesLegend(panels ...[]Series) legend {
	var key legend
	for _, series := range panels {
		for _, s := range series {
			if key.index(s.Label) >= 0 {
				continue
			}
			color := lineColors[len(key)%len(lineColors)]
			e := legendEntry{label: s.Label, line: draw.LineStyle{Color: color, Width: 1.3}}
			if s.Dashed {
				e.line.Dashes = dash
			}
			if len(s.X) <= fewPoints {
				e.glyph = draw.GlyphStyle{Color: color, Radius: 1.8, Shape: draw.CircleGlyph{}}
				if s.Dashed {
					e.glyph.Shape = polygon{sides: 4}
				}
			}
			key = append(key, e)
		}
	}
	return key
}

func (l legend) index(label string) int {
	return slices.IndexFunc(l, func(e legendEntry) bool { return e.label == label })
}

// lossPlot draws checked series in the lines that key gives them. Its data get
// about the given width.
func lossPlot(series []Series, key legend, width vg.Length) (*plot.Plot, error) {
	p := newPlot("Epoch", "Loss")
	whole := true
	for _, s := range series {
		points := make(plotter.XYs, len(s.X))
		for i := range points {
			points[i] = plotter.XY{X: s.X[i], Y: s.Y[i]}
			whole = whole && s.X[i] == math.Trunc(s.X[i])
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, fmt.Errorf("series %q: %w", s.Label, err)
		}
		e := key[key.index(s.Label)]
		line.LineStyle, dots.GlyphStyle = e.line, e.glyph
		p.Add(line)
		if e.glyph.Shape != nil {
			p.Add(dots)
		}
	}
	p.X.Min, p.X.Max = spread(p.X.Min, p.X.Max, 0.02)
	p.X.Tick.Marker = ticksWithin(width, p.X.Min, p.X.Max, whole)
	p.Y.Min, p.Y.Max = spread(p.Y.Min, p.Y.Max, 0.05)
	return p, nil
}
