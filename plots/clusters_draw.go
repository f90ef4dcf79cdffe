package plots

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// clusterLayout is a figure of clusters with its measures on paper.
type clusterLayout struct {
	clusters   []cluster
	classes    []string
	key        legend
	labelWidth vg.Length // of the clusters' numbers
	countWidth vg.Length // of their sizes
	most       int       // images of the largest cluster
}

const (
	clusterWidth = vg.Length(504)
	clusterRow   = vg.Length(16) // from one cluster to the next
	clusterBar   = vg.Length(13) // height of a bar
	clusterHead  = vg.Length(14) // above the bars
	sizeBar      = vg.Length(60) // length of the largest cluster's size
	sizeGap      = vg.Length(14) // between contents and sizes
)

func newClusterLayout(counts [][]int, classes []string) *clusterLayout {
	l := &clusterLayout{clusters: sortClusters(counts), classes: classes}
	for _, k := range l.clusters {
		l.most = max(l.most, k.images)
		l.labelWidth = max(l.labelWidth, tickText.width(fmt.Sprint(k.index)))
		l.countWidth = max(l.countWidth, tickText.width(fmt.Sprint(k.images)))
	}
	l.labelWidth = vg.Length(math.Ceil(float64(l.labelWidth))) + labelGap + axisTitle
	l.countWidth = vg.Length(math.Ceil(float64(l.countWidth)))
	square := polygon{sides: 4, turn: 0.125}
	for i, class := range classes {
		glyph := draw.GlyphStyle{Color: classColors[i%len(classColors)], Radius: 4, Shape: square}
		l.key = append(l.key, legendEntry{label: class, glyph: glyph})
	}
	return l
}

func (l *clusterLayout) height() vg.Length {
	return l.key.height(clusterWidth) + clusterHead + clusterRow*vg.Length(len(l.clusters)) + acrossHeight
}

func (l *clusterLayout) draw(c draw.Canvas) {
	l.key.draw(c)
	top := c.Max.Y - l.key.height(clusterWidth) - clusterHead
	bottom := top - clusterRow*vg.Length(len(l.clusters))
	sizes := c.Max.X - sizeBar - l.countWidth - labelGap
	a := across{lo: 0, hi: 100, left: c.Min.X + l.labelWidth, right: sizes - sizeGap}
	for i, k := range l.clusters {
		y := top - clusterRow*(vg.Length(i)+0.5)
		tickText.writeMiddle(c, vg.Point{X: a.left - labelGap, Y: y}, right, fmt.Sprint(k.index))
		l.drawParts(c, k, a, y)
		size := sizeBar * vg.Length(k.images) / vg.Length(l.most)
		fillBar(c, silhouette, sizes, sizes+size, y)
		tickText.writeMiddle(c, vg.Point{X: sizes + size + labelGap, Y: y}, left, fmt.Sprint(k.images))
	}
	a.drawAxis(c, bottom, top)
	labelText.writeTurned(c, vg.Point{X: c.Min.X + axisTitle/2 - 2, Y: (top + bottom) / 2}, math.Pi/2, centre,
		labelText.shorten("Cluster", top-bottom+clusterHead))
	labelText.write(c, vg.Point{X: (a.left + a.right) / 2, Y: bottom - acrossHeight + 2}, centre, "Share of the cluster's images, %")
	labelText.write(c, vg.Point{X: sizes, Y: top + 5}, left, "Images")
}

// drawParts draws a cluster's bar with its middle at y. Parts that are wide
// enough say their class, and if there is room, their share.
func (l *clusterLayout) drawParts(c draw.Canvas, k cluster, a across, y vg.Length) {
	if k.images == 0 {
		noteText.writeMiddle(c, vg.Point{X: a.left + labelGap, Y: y}, left, "no images")
		return
	}
	before := 0
	for _, p := range k.parts {
		share := 100 / float64(k.images)
		from, to := a.at(float64(before)*share), a.at(float64(before+p.images)*share)
		before += p.images
		fill := classColors[p.class%len(classColors)]
		fillBar(c, fill, from, to, y)
		class := l.classes[p.class]
		for _, label := range []string{class + " " + number(float64(p.images)*share, 0), class} {
			if smallText.width(label)+5 <= to-from {
				smallText.in(legibleOn(fill)).writeMiddle(c, vg.Point{X: (from + to) / 2, Y: y}, centre, label)
				break
			}
		}
	}
}

// fillBar draws a bar with its middle at y and a sliver of white at its end.
func fillBar(c draw.Canvas, fill color.Color, from, to, y vg.Length) {
	const white = vg.Length(0.5)
	c.SetColor(fill)
	c.Fill(vg.Rectangle{
		Min: vg.Point{X: from, Y: y - clusterBar/2},
		Max: vg.Point{X: max(from+(to-from)/2, to-white), Y: y + clusterBar/2},
	}.Path())
}
