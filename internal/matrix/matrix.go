// Package matrix holds features: a row for each image, a column for each
// feature, row-major. It needs no libtorch.
package matrix

import (
	"fmt"
	"math"
)

// Matrix is float32 [Rows, Columns].
type Matrix struct {
	// Values are row-major.
	Values []float32
	// Columns is 1 or more.
	Columns int
}

// New is a matrix of zeros.
func New(rows, columns int) Matrix { return Matrix{make([]float32, rows*columns), columns} }

// Of is a matrix of values, row-major.
func Of(values []float32, columns int) (Matrix, error) {
	if columns < 1 || len(values)%columns != 0 {
		return Matrix{}, fmt.Errorf("%d values do not fill rows of %d", len(values), columns)
	}
	return Matrix{values, columns}, nil
}

// Rows is the number of rows.
func (m Matrix) Rows() int { return len(m.Values) / m.Columns }

// Row is row i itself, not a copy.
func (m Matrix) Row(i int) []float32 {
	return m.Values[i*m.Columns : (i+1)*m.Columns : (i+1)*m.Columns]
}

// Slice is the rows from first up to, not including, end, without a copy.
func (m Matrix) Slice(first, end int) Matrix {
	return Matrix{m.Values[first*m.Columns : end*m.Columns], m.Columns}
}

// Select is a copy of the rows of index, in its order.
func (m Matrix) Select(index []int) Matrix {
	selected := New(len(index), m.Columns)
	for to, from := range index {
		copy(selected.Row(to), m.Row(from))
	}
	return selected
}

// Select picks the values at index, in its order.
func Select[T any](values []T, index []int) []T {
	selected := make([]T, len(index))
	for to, from := range index {
		selected[to] = values[from]
	}
	return selected
}

// Means are the columns' means, computed in float64.
func (m Matrix) Means() []float64 {
	means := make([]float64, m.Columns)
	for i := range m.Rows() {
		for j, x := range m.Row(i) {
			means[j] += float64(x)
		}
	}
	for j := range means {
		means[j] /= float64(m.Rows())
	}
	return means
}

// Scaler maps each column x to (x - Means) / Deviations.
type Scaler struct {
	// Means and Deviations are by column. A deviation is 0 for a column that is
	// constant; such a column becomes 0.
	Means, Deviations []float64
}

// NewScaler measures m: the columns' means and standard deviations, divided by
// the number of rows, in float64, as scikit-learn's StandardScaler does.
func NewScaler(m Matrix) Scaler {
	s := Scaler{m.Means(), make([]float64, m.Columns)}
	for i := range m.Rows() {
		for j, x := range m.Row(i) {
			d := float64(x) - s.Means[j]
			s.Deviations[j] += d * d
		}
	}
	constant := m.constantColumns()
	for j := range s.Deviations {
		s.Deviations[j] = math.Sqrt(s.Deviations[j] / float64(m.Rows()))
		if constant[j] {
			s.Deviations[j] = 0
		}
	}
	return s
}

// constantColumns tells which columns hold one value: rounding of a mean must
// not make features of them.
func (m Matrix) constantColumns() []bool {
	constant := make([]bool, m.Columns)
	for j := range constant {
		constant[j] = true
	}
	for i := range m.Rows() {
		for j, x := range m.Row(i) {
			constant[j] = constant[j] && x == m.Values[j]
		}
	}
	return constant
}

// Apply is a scaled copy of m, which has the scaler's columns.
func (s Scaler) Apply(m Matrix) Matrix {
	scaled := New(m.Rows(), m.Columns)
	for i := range m.Rows() {
		to := scaled.Row(i)
		for j, x := range m.Row(i) {
			if s.Deviations[j] > 0 {
				to[j] = float32((float64(x) - s.Means[j]) / s.Deviations[j])
			}
		}
	}
	return scaled
}

// UnitRows is a copy of m with center subtracted from each row, unless it is
// nil, and each row scaled to length 1. A row of zeros stays one.
func (m Matrix) UnitRows(center []float64) Matrix {
	unit := New(m.Rows(), m.Columns)
	row := make([]float64, m.Columns)
	for i := range m.Rows() {
		var square float64
		for j, x := range m.Row(i) {
			row[j] = float64(x)
			if center != nil {
				row[j] -= center[j]
			}
			square += row[j] * row[j]
		}
		if square == 0 {
			continue
		}
		to := unit.Row(i)
		for j, x := range row {
			to[j] = float32(x / math.Sqrt(square))
		}
	}
	return unit
}
