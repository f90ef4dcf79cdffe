package plots

import (
	"fmt"
	"math"
)

// Cells are what HeatMap draws: a number for each row and column, such as the
// CKA of two layers, or the accuracy of a layer (row) after an epoch (column).
type Cells struct {
	// RowAxis and ColumnAxis say what rows and columns are; empty leaves it out.
	RowAxis, ColumnAxis string
	// Rows are labels from top to bottom, Columns from left to right.
	Rows, Columns []string
	// Values are by row and column. NaN is one that was not measured.
	Values [][]float64
	// Scale says what the colours mean, and in what unit: "Debiased CKA".
	Scale string
	// Low and High are the values of the palest and the darkest colour. Values
	// beyond take these colours, too.
	Low, High float64
	// Decimals of the numbers in the cells: 0 or more.
	Decimals int
}

// HeatMap draws a matrix of numbers as coloured cells with the numbers in them.
// A cell without a value stays grey. Up to 16 columns fit a page. It returns an
// error if there are no rows or no columns, if values are not rows by columns, if
// one is infinite, if Low is not below High, or if Decimals is negative.
func HeatMap(title string, d Cells) (*Figure, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("heat map %q: %w", title, err)
	}
	l := newCellLayout(d)
	return &Figure{title: title, width: l.width(), height: l.height(), body: l.draw}, nil
}

func (d Cells) check() error {
	if len(d.Rows) == 0 || len(d.Columns) == 0 {
		return fmt.Errorf("%d rows and %d columns; want one or more of each", len(d.Rows), len(d.Columns))
	}
	if len(d.Values) != len(d.Rows) {
		return fmt.Errorf("%d rows of values for %d rows", len(d.Values), len(d.Rows))
	}
	for i, row := range d.Values {
		if len(row) != len(d.Columns) {
			return fmt.Errorf("row %q has %d values for %d columns", d.Rows[i], len(row), len(d.Columns))
		}
		for j, v := range row {
			if !math.IsNaN(v) && !finite(v) {
				return fmt.Errorf("row %q, column %q: %g is not finite", d.Rows[i], d.Columns[j], v)
			}
		}
	}
	if !finite(d.Low) || !finite(d.High) || d.Low >= d.High {
		return fmt.Errorf("colours from %g to %g; want a finite Low below a finite High", d.Low, d.High)
	}
	if d.Decimals < 0 {
		return fmt.Errorf("%d decimals; want 0 or more", d.Decimals)
	}
	return nil
}
