package plots

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// scatter plots points of several classes and, above them, the mean of each
// class that has any.
type scatter struct {
	points, means           [][2]float64
	pointLabels, meanLabels []int
}

func newScatter(points [][2]float64, labels []int, classes int) scatter {
	s := scatter{points: points, pointLabels: labels}
	counts := make([]float64, classes)
	sums := make([][2]float64, classes)
	for i, p := range points {
		label := labels[i]
		counts[label]++
		sums[label][0] += p[0]
		sums[label][1] += p[1]
	}
	for i, n := range counts {
		if n > 0 {
			s.means = append(s.means, [2]float64{sums[i][0] / n, sums[i][1] / n})
			s.meanLabels = append(s.meanLabels, i)
		}
	}
	return s
}

func (s scatter) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, ymin = math.Inf(1), math.Inf(1)
	xmax, ymax = math.Inf(-1), math.Inf(-1)
	for _, p := range s.points {
		xmin, xmax = min(xmin, p[0]), max(xmax, p[0])
		ymin, ymax = min(ymin, p[1]), max(ymax, p[1])
	}
	return xmin, xmax, ymin, ymax
}

// order is the order in which the points are drawn: shuffled, but always the same.
func (s scatter) order() []int {
	return rand.New(rand.NewPCG(1, 2)).Perm(len(s.points))
}

func (s scatter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	mark := func(at [2]float64, glyph draw.GlyphStyle) {
		c.DrawGlyphNoClip(glyph, vg.Point{X: x(at[0]), Y: y(at[1])})
	}
	// The more points, the smaller: 1 point of radius for ten thousand.
	radius := vg.Length(max(1, min(2.2, 100/math.Sqrt(float64(len(s.points))))))
	for _, i := range s.order() {
		mark(s.points[i], classGlyph(s.pointLabels[i], radius, 0.6))
	}
	const size = 3.8
	for i, mean := range s.means {
		glyph := classGlyph(s.meanLabels[i], size, 1)
		halo, rim := glyph, glyph
		halo.Color, halo.Radius = white, size+1.6
		rim.Color, rim.Radius = ink, size+0.7
		mark(mean, halo)
		mark(mean, rim)
		mark(mean, glyph)
	}
}

// figure draws the points on p, which has no points yet, next to a key of the
// classes. hint stands below the key, caption below all.
func (s scatter) figure(title string, p *plot.Plot, classes []string, hint, caption string) *Figure {
	const width, keyWidth, gap = 504, 120, 14
	p.Add(s)
	height := equalScale(p, width-keyWidth-gap)
	key := densityGrid{s, classes, p}
	hintLines, captionLines := noteText.wrap(hint, keyWidth), noteText.wrap(caption, width)
	hintHeight, captionHeight := noteLead*vg.Length(len(hintLines)), noteLead*vg.Length(len(captionLines))
	if captionHeight > 0 {
		captionHeight += bodyToNote
	}
	keyHeight := key.height(keyWidth, height-hintHeight)
	return &Figure{
		title: title, width: width, height: max(height, keyHeight+hintHeight) + captionHeight,
		body: func(c draw.Canvas) {
			noteText.writeBlock(c, vg.Point{X: c.Min.X, Y: c.Min.Y + (captionHeight-bodyToNote)/2}, left, captionLines)
			c = draw.Crop(c, 0, 0, captionHeight, 0)
			p.Draw(draw.Crop(c, 0, -keyWidth-gap, c.Size().Y-height, 0))
			side := draw.Crop(c, width-keyWidth, 0, c.Size().Y-keyHeight, 0)
			key.draw(side)
			noteText.writeBlock(c, vg.Point{X: side.Min.X, Y: side.Min.Y - 4 - hintHeight/2}, left, hintLines)
		},
	}
}

func checkPoints(points [][2]float64, labels []int, classes []string) error {
	if len(points) == 0 {
		return errors.New("no points")
	}
	if len(points) != len(labels) {
		return fmt.Errorf("%d points and %d labels", len(points), len(labels))
	}
	for i, p := range points {
		if !finite(p[0]) || !finite(p[1]) {
			return fmt.Errorf("point %d is (%g, %g); want finite numbers", i, p[0], p[1])
		}
		if labels[i] < 0 || labels[i] >= len(classes) {
			return fmt.Errorf("point %d has label %d; want 0 to %d", i, labels[i], len(classes)-1)
		}
	}
	return nil
}

// equalScale gives both axes of a plot of the given width the same units per
// length and returns the height that this takes. The drawing keeps between
// landscape and square: the shorter axis is extended where the data are
// narrower or taller.
func equalScale(p *plot.Plot, width vg.Length) (height vg.Length) {
	const flattest, tallest = 0.6, 1
	p.X.Min, p.X.Max = spread(p.X.Min, p.X.Max, 0.03)
	p.Y.Min, p.Y.Max = spread(p.Y.Min, p.Y.Max, 0.03)
	x, y := p.X.Max-p.X.Min, p.Y.Max-p.Y.Min
	shape := max(flattest, min(tallest, y/x))
	p.X.Min, p.X.Max = lengthen(p.X.Min, p.X.Max, y/shape)
	p.Y.Min, p.Y.Max = lengthen(p.Y.Min, p.Y.Max, x*shape)
	p.X.Tick.Marker = ticksWithin(width-40, p.X.Min, p.X.Max, false)

	// What axes and labels take of the height depends a little on it.
	height = width
	for range 5 {
		paper := draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: width, Y: height}}}
		data := p.DataCanvas(paper).Size()
		height += data.X*vg.Length(shape) - data.Y
	}
	return height
}

// lengthen extends the range [lo, hi] about its middle to at least length.
func lengthen(lo, hi, length float64) (float64, float64) {
	if pad := (length - (hi - lo)) / 2; pad > 0 {
		return lo - pad, hi + pad
	}
	return lo, hi
}
