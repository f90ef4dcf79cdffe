package plots

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg/draw"
)

// Curves are what LearningCurves draws: accuracies over the number of labels.
type Curves struct {
	// X and Y say what the axes hold: "Labels per class", "Test accuracy, %".
	X, Y   string
	Curves []Curve
	// Reference is a dashed horizontal line. Nil leaves it out.
	Reference *Reference
}

// Curve holds the estimates of one probe or encoder.
type Curve struct {
	Label string
	// Points have rising X: at least one. A curve may leave out X that others have.
	Points []CurvePoint
}

// CurvePoint is an estimate at X, which is above 0.
type CurvePoint struct {
	X float64
	Estimate
}

// LearningCurves draws estimates over a logarithmic axis with a tick at every X
// of the data: a line with markers for each curve on a light band of its
// intervals. The key stands at the right, each curve near the height of its end.
// It returns an error if there is no curve, if two share a label, if a curve has
// no points, or if a point is not finite, lies outside its interval, or has an X
// that is not above 0 and the one before.
func LearningCurves(title string, d Curves) (*Figure, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("learning curves %q: %w", title, err)
	}
	const width, height, gap = 504, 250, 14
	key := newSideKey(d)
	body := max(height, key.height()+60) // 60: the axis below, and some space
	p := learningPlot(d, width-key.width-gap-40)
	return &Figure{
		title: title, width: width, height: body,
		body: func(c draw.Canvas) {
			paper := draw.Crop(c, 0, -key.width-gap, 0, -4)
			p.Draw(paper)
			data := p.DataCanvas(paper)
			_, y := p.Transforms(&data)
			key.draw(c, data, y)
		},
	}, nil
}

func (d Curves) check() error {
	labels := make([]string, len(d.Curves))
	for i, curve := range d.Curves {
		labels[i] = curve.Label
	}
	if err := checkLabels("curves", labels); err != nil {
		return err
	}
	for _, curve := range d.Curves {
		if err := curve.check(); err != nil {
			return fmt.Errorf("curve %q: %w", curve.Label, err)
		}
	}
	return d.Reference.check()
}

func (c Curve) check() error {
	if len(c.Points) == 0 {
		return fmt.Errorf("no points")
	}
	for i, p := range c.Points {
		if !finite(p.X) || p.X <= 0 {
			return fmt.Errorf("point %d is at X %g; want a finite number above 0", i, p.X)
		}
		if i > 0 && p.X <= c.Points[i-1].X {
			return fmt.Errorf("point %d is at X %g after %g; want rising X", i, p.X, c.Points[i-1].X)
		}
		if err := p.Estimate.check(); err != nil {
			return fmt.Errorf("point %d: %w", i, err)
		}
	}
	return nil
}

func (c Curve) last() CurvePoint { return c.Points[len(c.Points)-1] }

// places returns every X of the curves, in order.
func (d Curves) places() []float64 {
	var all []float64
	for _, curve := range d.Curves {
		for _, p := range curve.Points {
			all = append(all, p.X)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
