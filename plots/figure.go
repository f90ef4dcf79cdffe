// Package plots draws the report's figures: one figure per file, from plain
// numbers and images, without knowledge of what they come from.
//
// Every figure is laid out in points (1/72 inch) at the size it is meant to be
// printed at, with no text under 7 points, and is saved as SVG and PNG. The
// same input gives the same bytes.
package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"aeprobe/internal/atomicfile"
)

// Figure is a drawing of known size under a title.
type Figure struct {
	// Note is the small print below the figure: what the reader must know about
	// the data and the run ("synthetic images · 4 epochs (quick) · seed 87").
	// It is wrapped to the figure's width; empty leaves it out.
	Note string

	title         string
	width, height vg.Length // of the body, without title, note and margin
	body          func(draw.Canvas)
}

// Extensions are the extensions of the files that Save writes.
var Extensions = []string{".svg", ".png"}

// Save writes the figure to path + ".svg" and path + ".png" (288 dots per
// inch). Each file is complete or absent, also when the process is killed. The
// folder must exist.
func (f *Figure) Save(path string) error {
	svg, err := f.svg()
	if err != nil {
		return fmt.Errorf("figure %q as SVG: %w", f.title, err)
	}
	png, err := f.png(dotsPerInch)
	if err != nil {
		return fmt.Errorf("figure %q as PNG: %w", f.title, err)
	}
	if err := atomicfile.WriteBytes(path+".svg", svg); err != nil {
		return fmt.Errorf("figure %q: %w", f.title, err)
	}
	if err := atomicfile.WriteBytes(path+".png", png); err != nil {
		return fmt.Errorf("figure %q: %w", f.title, err)
	}
	return nil
}

const (
	margin      = vg.Length(8) // white space around everything
	titleLead   = vg.Length(14)
	noteLead    = vg.Length(10)
	titleToBody = vg.Length(6)
	bodyToNote  = vg.Length(6)
)

// frame returns the figure's whole size and its title and note in lines.
func (f *Figure) frame() (width, height vg.Length, title, note []string) {
	width = vg.Length(math.Ceil(float64(f.width)))
	height = vg.Length(math.Ceil(float64(f.height)))
	if title = titleText.wrap(f.title, width); len(title) > 0 {
		height += titleLead*vg.Length(len(title)) + titleToBody
	}
	if note = noteText.wrap(f.Note, width); len(note) > 0 {
		height += noteLead*vg.Length(len(note)) + bodyToNote
	}
	return width + 2*margin, height + 2*margin, title, note
}

// drawOn draws the whole figure; the canvas has the size that frame returns.
func (f *Figure) drawOn(c draw.Canvas) {
	_, _, title, note := f.frame()
	c.SetColor(white)
	c.Fill(c.Rectangle.Path())

	inner := draw.Crop(c, margin, -margin, margin, -margin)
	for _, line := range title {
		inner.Max.Y -= titleLead
		titleText.write(inner, vg.Point{X: inner.Min.X, Y: inner.Max.Y + 4}, left, line)
	}
	if len(title) > 0 {
		inner.Max.Y -= titleToBody
	}
	for i := len(note) - 1; i >= 0; i-- {
		noteText.write(inner, vg.Point{X: inner.Min.X, Y: inner.Min.Y + 2}, left, note[i])
		inner.Min.Y += noteLead
	}
	if len(note) > 0 {
		inner.Min.Y += bodyToNote
	}
	f.body(inner)
}
