package plots

import (
	"fmt"
	"math"
)

// Intervals are estimates for IntervalPlot: accuracies by features (rows) and
// probes (series), a panel for each way of pooling.
type Intervals struct {
	// Axis says what is measured, and in what unit: "Test accuracy, %".
	Axis string
	// Rows stand below each other in this order, each label once.
	Rows []string
	// Series differ in colour and marker, each label once.
	Series []string
	// Panels stand side by side and share rows and scale: one to four.
	Panels []IntervalPanel
	// Reference is a dashed line through every panel. Nil leaves it out.
	Reference *Reference
}

// IntervalPanel holds the estimates of one panel.
type IntervalPanel struct {
	// Label may be empty.
	Label string
	// Estimates are by row and series. Nil is one that was not measured.
	Estimates [][]*Estimate
}

// IntervalPlot draws each estimate as a marker on the line of its interval, the
// series of a row below each other. It returns an error if there are no rows, no
// series, no estimates, or not one to four panels; if two rows or two series
// share a label; if a panel's estimates are not rows by series; or if an estimate
// or the reference is not finite, or an estimate lies outside its interval.
func IntervalPlot(title string, d Intervals) (*Figure, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("interval plot %q: %w", title, err)
	}
	l := newIntervalLayout(d)
	return &Figure{title: title, width: l.width, height: l.height(), body: l.draw}, nil
}

const mostPanels = 4

func (d Intervals) check() error {
	if err := checkLabels("rows", d.Rows); err != nil {
		return err
	}
	if err := checkLabels("series", d.Series); err != nil {
		return err
	}
	if n := len(d.Panels); n < 1 || n > mostPanels {
		return fmt.Errorf("%d panels; want 1 to %d", n, mostPanels)
	}
	measured := false
	for _, panel := range d.Panels {
		if len(panel.Estimates) != len(d.Rows) {
			return fmt.Errorf("panel %q has %d rows of estimates for %d rows", panel.Label, len(panel.Estimates), len(d.Rows))
		}
		for i, row := range panel.Estimates {
			if len(row) != len(d.Series) {
				return fmt.Errorf("panel %q, row %q: %d estimates for %d series", panel.Label, d.Rows[i], len(row), len(d.Series))
			}
			for j, e := range row {
				if e == nil {
					continue
				}
				measured = true
				if err := e.check(); err != nil {
					return fmt.Errorf("panel %q, row %q, series %q: %w", panel.Label, d.Rows[i], d.Series[j], err)
				}
			}
		}
	}
	if !measured {
		return fmt.Errorf("no estimates")
	}
	return d.Reference.check()
}

// scale returns the range of everything that is drawn.
func (d Intervals) scale() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	if d.Reference != nil {
		lo, hi = d.Reference.Value, d.Reference.Value
	}
	for _, panel := range d.Panels {
		for _, row := range panel.Estimates {
			for _, e := range row {
				if e != nil {
					lo, hi = min(lo, e.Low), max(hi, e.High)
				}
			}
		}
	}
	return spread(lo, hi, 0.04)
}
