package plots

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Confusion draws a confusion matrix: true classes down, predicted classes across. A cell's colour and its upper number are its share of the
// row in percent, so that the diagonal holds the accuracy of each class; the
// lower number is the count. A row without images stays grey. It returns an
// error if there is no class, if counts is not classes by classes, or if a
// count is negative.
func Confusion(title string, counts [][]int, classes []string) (*Figure, error) {
	if err := checkCounts(counts, classes); err != nil {
		return nil, fmt.Errorf("confusion matrix %q: %w", title, err)
	}
	m := newMatrix(counts, classes)
	return &Figure{title: title, width: m.width(), height: m.height(), body: m.draw}, nil
}

func checkCounts(counts [][]int, classes []string) error {
	if len(classes) == 0 {
		return errors.New("no classes")
	}
	if len(counts) != len(classes) {
		return fmt.Errorf("%d rows of counts for %d classes", len(counts), len(classes))
	}
	for i, row := range counts {
		if len(row) != len(classes) {
			return fmt.Errorf("row %d has %d counts for %d classes", i, len(row), len(classes))
		}
		for j, n := range row {
			if n < 0 {
				return fmt.Errorf("row %d, column %d: count %d is negative", i, j, n)
			}
		}
	}
	return nil
}

// matrix is a confusion matrix with its measures on paper.
type matrix struct {
	counts [][]int
	labels []string
	cell   vg.Length // side of a cell
	every  int       // label every so many classes
	turn   float64   // of the labels below the columns, in radians

	labelWidth  vg.Length // of the widest label
	labelHeight vg.Length // of the labels below the columns
}

const (
	axisTitle = vg.Length(14) // room of an axis' title
	labelGap  = vg.Length(4)  // between cells and labels
)

func newMatrix(counts [][]int, classes []string) matrix {
	const longest = 100 // points: a label
	n := len(classes)
	m := matrix{counts: counts, labels: make([]string, n)}
	m.cell = vg.Length(max(5, 128/n, min(32, 400/n))) // 128 points hold the axes' titles
	for i, class := range classes {
		m.labels[i] = tickText.shorten(class, longest)
	}
	m.labelWidth = vg.Length(math.Ceil(float64(tickText.widest(m.labels))))
	m.every = int(math.Ceil(float64(9 / m.cell))) // 9 points hold a line of text
	m.labelHeight = tickText.size
	switch {
	case m.labelWidth <= m.cell-4:
	case m.cell >= 14:
		m.turn = math.Pi / 4
		m.labelHeight = (m.labelWidth + tickText.size) * math.Sqrt2 / 2
	default:
		m.turn = math.Pi / 2
		m.labelHeight = m.labelWidth
	}
	return m
}

func (m matrix) side() vg.Length { return m.cell * vg.Length(len(m.labels)) }

func (m matrix) scale() colorScale {
	return newColorScale(0, 100, "% of the true class", m.side(), m.side())
}

func (m matrix) width() vg.Length {
	return axisTitle + m.labelWidth + labelGap + m.side() + scaleGap + m.scale().width()
}

func (m matrix) height() vg.Length {
	return m.side() + labelGap + vg.Length(math.Ceil(float64(m.labelHeight))) + axisTitle
}

func (m matrix) draw(c draw.Canvas) {
	origin := vg.Point{X: c.Min.X + axisTitle + m.labelWidth + labelGap, Y: c.Max.Y}
	for i, row := range m.counts {
		total := 0
		for _, n := range row {
			total += n
		}
		for j, n := range row {
			m.drawCell(c, m.at(origin, i, j), n, total)
		}
	}
	m.drawLabels(c, origin)
	m.scale().draw(c, vg.Point{X: origin.X + m.side() + scaleGap, Y: origin.Y - m.side()})
}

// at returns the lower left corner of the cell in row i, column j.
func (m matrix) at(origin vg.Point, i, j int) vg.Point {
	return origin.Add(vg.Point{X: m.cell * vg.Length(j), Y: -m.cell * vg.Length(i+1)})
}

func (m matrix) drawCell(c draw.Canvas, corner vg.Point, n, total int) {
	const gap = 0.25 // half the white between cells
	rect := vg.Rectangle{
		Min: corner.Add(vg.Point{X: gap, Y: gap}),
		Max: corner.Add(vg.Point{X: m.cell - gap, Y: m.cell - gap}),
	}
	share, percent := 0.0, "–"
	if total > 0 {
		share = float64(n) / float64(total)
		percent = number(100*share, 1)
		c.SetColor(sequential(share))
	} else {
		c.SetColor(faint)
	}
	c.Fill(rect.Path())

	text, count := smallText, smallText.in(grey)
	if share > 0.65 {
		text, count = text.in(white), count.in(white)
	} else if share > 0.3 {
		count = text
	}
	middle := corner.Add(vg.Point{X: m.cell / 2, Y: m.cell / 2})
	switch {
	case m.cell >= 28 && n > 0:
		text.writeMiddle(c, middle.Add(vg.Point{Y: 5}), centre, percent)
		count.writeMiddle(c, middle.Sub(vg.Point{Y: 5}), centre, fmt.Sprint(n))
	case m.cell >= 20 && (n > 0 || total == 0):
		text.writeMiddle(c, middle, centre, percent)
	case m.cell >= 20:
		count.writeMiddle(c, middle, centre, "0")
	}
}

func (m matrix) drawLabels(c draw.Canvas, origin vg.Point) {
	for i := 0; i < len(m.labels); i += m.every {
		diagonal := m.at(origin, i, i).Add(vg.Point{X: m.cell / 2, Y: m.cell / 2})
		tickText.writeMiddle(c, vg.Point{X: origin.X - labelGap, Y: diagonal.Y}, right, m.labels[i])
		below := vg.Point{X: diagonal.X, Y: origin.Y - m.side() - labelGap - tickText.size*capHeight/2}
		if m.turn == 0 {
			tickText.writeMiddle(c, below, centre, m.labels[i])
		} else {
			tickText.writeTurned(c, below, m.turn, right, m.labels[i])
		}
	}
	middle := m.side() / 2
	labelText.write(c, vg.Point{X: origin.X + middle, Y: c.Min.Y + 2}, centre, "Predicted class")
	labelText.writeTurned(c, vg.Point{X: c.Min.X + axisTitle/2 - 2, Y: origin.Y - middle}, math.Pi/2, centre, "True class")
}
