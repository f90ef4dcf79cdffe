package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// cellLayout is a heat map with its measures on paper.
type cellLayout struct {
	Cells
	scale   colorScale
	size    vg.Length  // side of a cell
	rows    [][]string // labels in lines
	columns [][]string
	turn    float64   // of the columns' labels, in radians
	left    vg.Length // room of what stands left of the cells
	below   vg.Length // and below them
}

func newCellLayout(d Cells) *cellLayout {
	const (
		longest   = 116 // points: a label
		sideMost  = 34  // points: a cell
		wholeSide = 384 // points: all columns, if their numbers are that narrow
	)
	l := &cellLayout{Cells: d}
	numbers := []string{"–"}
	for _, row := range d.Values {
		for _, v := range row {
			numbers = append(numbers, l.number(v))
		}
	}
	l.size = max(smallText.widest(numbers)+4, min(sideMost, wholeSide/vg.Length(len(d.Columns))), 14)
	l.size = vg.Length(math.Ceil(float64(l.size)))

	for _, label := range d.Rows {
		lines := tickText.wrapTo(label, longest, max(1, int(l.size/tickText.lead())))
		l.rows = append(l.rows, lines)
		l.left = max(l.left, tickText.widest(lines))
	}
	l.left += labelGap
	l.below = labelGap + tickText.size
	if tickText.widest(d.Columns) > l.size-4 {
		l.turn = math.Pi / 4
	}
	for j, label := range d.Columns {
		if l.turn == 0 {
			l.columns = append(l.columns, []string{label})
			continue
		}
		lines := tickText.wrapTo(label, longest, max(1, int(l.size*math.Sqrt2/2/tickText.lead())))
		l.columns = append(l.columns, lines)
		reach := (tickText.widest(lines) + tickText.lead()*vg.Length(len(lines))) * math.Sqrt2 / 2
		l.below = max(l.below, labelGap+reach)
		l.left = max(l.left, reach-l.size*(vg.Length(j)+0.5)) // the first labels begin left of the cells
	}
	if d.RowAxis != "" {
		l.left += axisTitle
	}
	if d.ColumnAxis != "" {
		l.below += axisTitle
	}
	l.left, l.below = vg.Length(math.Ceil(float64(l.left))), vg.Length(math.Ceil(float64(l.below)))
	l.scale = newColorScale(d.Low, d.High, d.Scale, l.down(), l.height())
	return l
}

func (l *cellLayout) number(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return number(v, l.Decimals)
}

func (l *cellLayout) across() vg.Length { return l.size * vg.Length(len(l.Columns)) }
func (l *cellLayout) down() vg.Length   { return l.size * vg.Length(len(l.Rows)) }
func (l *cellLayout) width() vg.Length  { return l.left + l.across() + scaleGap + l.scale.width() }
func (l *cellLayout) height() vg.Length { return l.down() + l.below }

func (l *cellLayout) draw(c draw.Canvas) {
	origin := vg.Point{X: c.Min.X + l.left, Y: c.Max.Y}
	for i, row := range l.Values {
		for j, v := range row {
			l.drawCell(c, origin.Add(vg.Point{X: l.size * vg.Length(j), Y: -l.size * vg.Length(i+1)}), v)
		}
	}
	l.drawLabels(c, origin)
	l.scale.draw(c, vg.Point{X: origin.X + l.across() + scaleGap, Y: origin.Y - l.down()})
}

func (l *cellLayout) drawCell(c draw.Canvas, corner vg.Point, v float64) {
	const gap = 0.25 // half the white between cells
	fill, text := color.NRGBAModel.Convert(faint).(color.NRGBA), smallText
	if !math.IsNaN(v) {
		fill = l.scale.color(v)
	}
	c.SetColor(fill)
	c.Fill(vg.Rectangle{
		Min: corner.Add(vg.Point{X: gap, Y: gap}),
		Max: corner.Add(vg.Point{X: l.size - gap, Y: l.size - gap}),
	}.Path())
	middle := corner.Add(vg.Point{X: l.size / 2, Y: l.size / 2})
	text.in(legibleOn(fill)).writeMiddle(c, middle, centre, l.number(v))
}

func (l *cellLayout) drawLabels(c draw.Canvas, origin vg.Point) {
	for i, lines := range l.rows {
		y := origin.Y - l.size*(vg.Length(i)+0.5)
		tickText.writeBlock(c, vg.Point{X: origin.X - labelGap, Y: y}, right, lines)
	}
	bottom := origin.Y - l.down()
	for j, lines := range l.columns {
		below := vg.Point{X: origin.X + l.size*(vg.Length(j)+0.5), Y: bottom - labelGap - tickText.size*capHeight/2}
		align := float64(centre)
		if l.turn > 0 {
			align = right
		}
		tickText.writeTurnedBlock(c, below, l.turn, align, lines)
	}
	labelText.write(c, vg.Point{X: origin.X + l.across()/2, Y: bottom - l.below + 2}, centre,
		labelText.shorten(l.ColumnAxis, l.across()))
	labelText.writeTurned(c, vg.Point{X: c.Min.X + axisTitle/2 - 2, Y: origin.Y - l.down()/2}, math.Pi/2, centre,
		labelText.shorten(l.RowAxis, l.down()))
}
