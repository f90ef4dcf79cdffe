package plots

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Estimate is a measured value and an interval that holds it, all in one unit:
// an accuracy in percent and its 95 % interval.
type Estimate struct {
	Value, Low, High float64
}

func (e Estimate) check() error {
	if !finite(e.Value) || !finite(e.Low) || !finite(e.High) {
		return fmt.Errorf("%g from %g to %g; want finite numbers", e.Value, e.Low, e.High)
	}
	// The mean of equal numbers may be off by a rounding.
	slack := 1e-9 * max(math.Abs(e.Low), math.Abs(e.High))
	if e.Low > e.High || e.Value < e.Low-slack || e.Value > e.High+slack {
		return fmt.Errorf("%g lies outside its interval from %g to %g", e.Value, e.Low, e.High)
	}
	return nil
}

// Reference is a value to compare with, drawn as a dashed line: the accuracy of
// guessing.
type Reference struct {
	Label string
	Value float64
}

func (r *Reference) check() error {
	if r != nil && !finite(r.Value) {
		return fmt.Errorf("reference %q is %g; want a finite number", r.Label, r.Value)
	}
	return nil
}

var referenceLine = draw.LineStyle{Color: grey, Width: 0.9, Dashes: []vg.Length{3, 2.5}}

// checkLabels checks that there are labels, each of them once.
func checkLabels(what string, labels []string) error {
	if len(labels) == 0 {
		return fmt.Errorf("no %s", what)
	}
	for i, label := range labels {
		if slices.Contains(labels[:i], label) {
			return fmt.Errorf("two %s are labelled %q", what, label)
		}
	}
	return nil
}

// seriesShapes look different at the size of a point on a line.
var seriesShapes = []draw.GlyphDrawer{
	draw.CircleGlyph{},
	polygon{sides: 4, turn: 0.125},            // square
	polygon{sides: 3},                         // triangle
	polygon{sides: 4},                         // diamond
	polygon{sides: 3, turn: 0.5},              // triangle on its tip
	star{points: 4, waist: 0.38, turn: 0.125}, // x
	star{points: 5, waist: 0.42},              // star
	star{points: 4, waist: 0.38},              // +
}

// seriesDashes are told apart in grey.
var seriesDashes = [][]vg.Length{nil, {4.5, 2}, {1.2, 1.6}, {6, 1.6, 1.2, 1.6}}

// seriesStyle returns the line and the marker of the i-th of several series.
// Eight series share neither a marker nor a pair of colour and dashes.
func seriesStyle(i int) (draw.LineStyle, draw.GlyphStyle) {
	color := lineColors[i%len(lineColors)]
	return draw.LineStyle{Color: color, Width: 1.2, Dashes: seriesDashes[i%len(seriesDashes)]},
		draw.GlyphStyle{Color: color, Radius: 2.1, Shape: seriesShapes[i%len(seriesShapes)]}
}
