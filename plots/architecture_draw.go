package plots

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func (a *architecture) draw(c draw.Canvas) {
	middle := func(i int) vg.Point {
		return vg.Point{X: c.Min.X + a.pitch*(vg.Length(i)+0.5), Y: c.Max.Y - a.above - a.tallest()/2}
	}
	for i, m := range a.maps {
		at := middle(i)
		m.draw(c, at)
		below := vg.Point{X: at.X, Y: at.Y - m.size().Y/2 - shapeLead}
		smallText.write(c, below, centre, shapeText(a.blocks[i].Shape))
		below.Y -= shapeLead
		noteText.write(c, below, centre, a.role(i))
		if i == 0 {
			continue
		}
		from := vg.Point{X: middle(i-1).X + a.maps[i-1].size().X/2 + 2, Y: at.Y}
		to := vg.Point{X: at.X - m.size().X/2 - 2, Y: at.Y}
		drawArrow(c, from, to)
		label := vg.Point{X: at.X - a.pitch/2, Y: c.Max.Y - sectionLead - layerLead + 2}
		for j, line := range a.labels[i] {
			text := smallText
			if j > 0 {
				text = noteText
			}
			text.write(c, label, centre, line)
			label.Y -= layerLead
		}
	}
	a.drawSection(c, middle(0).X, middle(a.encoder).X, "Encoder", encoderColor)
	if last := len(a.maps) - 1; last > a.encoder {
		a.drawSection(c, middle(a.encoder).X, middle(last).X, "Decoder", decoderColor)
	}
	if a.classifier != nil {
		a.drawClassifier(c, middle(a.encoder))
	}
}

// role is the name of a map that has one.
func (a *architecture) role(i int) string {
	switch {
	case i == 0:
		return "image"
	case i == a.encoder:
		return "features"
	case i == len(a.blocks)-1:
		return "reconstruction"
	}
	return ""
}

// drawSection heads the layers between two maps.
func (a *architecture) drawSection(c draw.Canvas, from, to vg.Length, name string, color color.NRGBA) {
	y := c.Max.Y - sectionLead + 5
	panelText.write(c, vg.Point{X: (from + to) / 2, Y: y + 3}, centre, name)
	c.StrokeLine2(draw.LineStyle{Color: color, Width: 1.2}, from+4, y-1, to-4, y-1)
}

func (a *architecture) drawClassifier(c draw.Canvas, features vg.Point) {
	tip := features.Sub(vg.Point{Y: a.branchTip()})
	drawArrow(c, features.Sub(vg.Point{Y: a.foot(a.encoder)}), tip)
	smallText.writeBlock(c, tip.Add(vg.Point{X: 6, Y: a.branch() / 2}), left, a.classifierLines())
	box := cuboid{wide: 40, high: 5, deep: 5 * foreshortening, color: classifierColor}
	box.draw(c, tip.Sub(vg.Point{Y: 2 + box.size().Y/2}))
	below := tip.Sub(vg.Point{Y: 2 + box.size().Y + shapeLead})
	smallText.write(c, below, centre, shapeText(a.classifier.Shape))
	noteText.write(c, below.Sub(vg.Point{Y: shapeLead}), centre, "classes")
}

// shapeText formats [C, H, W], or C alone for a map of one pixel.
func shapeText(shape [3]int) string {
	if shape[1] == 1 && shape[2] == 1 {
		return fmt.Sprint(shape[0])
	}
	return fmt.Sprintf("%d × %d × %d", shape[0], shape[1], shape[2])
}
