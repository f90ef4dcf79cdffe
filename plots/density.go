package plots

import (
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// densityGrid is the key of a scatter plot: a panel per class, headed by its
// marker and name, shows where its points lie among all points. It takes the
// ranges and the proportions of the plot's axes.
type densityGrid struct {
	scatter
	classes []string
	plot    *plot.Plot
}

const (
	densityColumns = 2
	densityHead    = vg.Length(11)
	densityGap     = vg.Length(6)
	densityCell    = vg.Length(1.5) // side of a cell of the histogram
	densityLowest  = vg.Length(24)  // height of a panel, if its width allows it
)

func (g densityGrid) rows() int {
	return (len(g.classes) + densityColumns - 1) / densityColumns
}

// panel returns the size of a panel, in whole cells, for a grid of about the given
// height and exactly the given width.
func (g densityGrid) panel(width, height vg.Length) (columns, rows int) {
	shape := (g.plot.Y.Max - g.plot.Y.Min) / (g.plot.X.Max - g.plot.X.Min)
	high := (height+densityGap)/vg.Length(g.rows()) - densityHead - densityGap
	high = min(max(high, densityLowest), (width/densityColumns-densityGap)*vg.Length(shape))
	rows = max(1, int(high/densityCell+1e-6))
	return max(1, int(float64(rows)/shape+1e-6)), rows
}

// height returns the height of a grid of about the given height and exactly the
// given width.
func (g densityGrid) height(width, about vg.Length) vg.Length {
	_, rows := g.panel(width, about)
	return vg.Length(g.rows())*(vg.Length(rows)*densityCell+densityHead+densityGap) - densityGap
}

// draw draws the grid; the canvas has the width and height of height.
func (g densityGrid) draw(c draw.Canvas) {
	columns, rows := g.panel(c.Size().X, c.Size().Y)
	size := vg.Point{X: vg.Length(columns) * densityCell, Y: vg.Length(rows) * densityCell}
	step := vg.Point{X: c.Size().X / densityColumns, Y: size.Y + densityHead + densityGap}
	for i, class := range g.classes {
		at := vg.Point{
			X: c.Min.X + step.X*vg.Length(i%densityColumns),
			Y: c.Max.Y - step.Y*vg.Length(i/densityColumns),
		}
		head := at.Y - densityHead/2 + 1
		c.DrawGlyphNoClip(classGlyph(i, 2.6, 1), vg.Point{X: at.X + 4, Y: head})
		tickText.writeMiddle(c, vg.Point{X: at.X + 10, Y: head}, left, tickText.shorten(class, step.X-14))
		at.Y -= densityHead + size.Y
		c.DrawImage(vg.Rectangle{Min: at, Max: at.Add(size)}, g.histogram(i, columns, rows))
	}
}

// histogram counts the points of a class over the plot's ranges: white where
// there is no point of any class, pale grey where there is none of this class,
// and towards the class's colour with the root of their number.
func (g densityGrid) histogram(class, columns, rows int) image.Image {
	all, own := make([]int, columns*rows), make([]int, columns*rows)
	most := 1
	for i, p := range g.points {
		column := min(columns-1, int(g.plot.X.Norm(p[0])*float64(columns)))
		row := min(rows-1, int((1-g.plot.Y.Norm(p[1]))*float64(rows)))
		cell := row*columns + column
		all[cell]++
		if g.pointLabels[i] == class {
			own[cell]++
			most = max(most, own[cell])
		}
	}
	img := image.NewNRGBA(image.Rect(0, 0, columns, rows))
	for cell := range all {
		color := classColors[class%len(classColors)]
		switch {
		case all[cell] == 0:
			color = background
		case own[cell] == 0:
			color = silhouette
		default:
			color = between(silhouette, color, 0.15+0.85*math.Sqrt(float64(own[cell])/float64(most)))
		}
		img.SetNRGBA(cell%columns, cell/columns, color)
	}
	return img
}
