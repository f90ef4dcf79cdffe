package plots

import (
	"fmt"
	"image"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ImageRow is a row of images under one label, such as the originals or one
// auto-encoder's reconstructions of them.
type ImageRow struct {
	Label  string
	Images []image.Image
}

// Reconstructions draws rows of images below each other, their pixels as sharp
// squares, each row's label on its left: the originals above what was decoded
// from their features. It returns an error if there is no row or no image, if
// an image is nil or empty, or if the rows differ in length or the images in
// size.
func Reconstructions(title string, rows []ImageRow) (*Figure, error) {
	if err := checkImages(rows); err != nil {
		return nil, fmt.Errorf("image grid %q: %w", title, err)
	}
	const (
		whole     = 504
		gap       = vg.Length(2)
		wideLabel = 96
	)
	labelWidth := vg.Length(0)
	for _, row := range rows {
		lines := labelText.wrap(row.Label, wideLabel)
		labelWidth = max(labelWidth, labelText.widest(lines)+8)
	}
	labelWidth = vg.Length(math.Ceil(float64(labelWidth)))

	columns := vg.Length(len(rows[0].Images))
	w, h := printedSize(rows[0].Images[0].Bounds(), (whole-labelWidth)/columns-gap)
	return &Figure{
		title:  title,
		width:  labelWidth + columns*(w+gap) - gap,
		height: vg.Length(len(rows))*(h+gap) - gap,
		body: func(c draw.Canvas) {
			for i, row := range rows {
				top := c.Max.Y - vg.Length(i)*(h+gap)
				lines := labelText.wrapTo(row.Label, wideLabel, max(1, int(h/labelText.lead())))
				labelText.writeBlock(c, vg.Point{X: c.Min.X, Y: top - h/2}, left, lines)
				for j, img := range row.Images {
					x := c.Min.X + labelWidth + vg.Length(j)*(w+gap)
					c.DrawImage(vg.Rectangle{Min: vg.Point{X: x, Y: top - h}, Max: vg.Point{X: x + w, Y: top}}, img)
				}
			}
		},
	}, nil
}

// printedSize returns how wide and high images of the given pixels are printed
// so as to be about width wide, between 24 and 64 points: where they are
// enlarged, each pixel is a whole number of dots.
func printedSize(pixels image.Rectangle, width vg.Length) (w, h vg.Length) {
	const pointsPerDot = 72. / dotsPerInch
	width = max(24, min(64, width))
	dots := math.Floor(float64(width) / pointsPerDot / float64(pixels.Dx()))
	w = vg.Length(dots * pointsPerDot * float64(pixels.Dx()))
	if dots == 0 {
		w = width
	}
	return w, w * vg.Length(pixels.Dy()) / vg.Length(pixels.Dx())
}

func checkImages(rows []ImageRow) error {
	if len(rows) == 0 || len(rows[0].Images) == 0 {
		return fmt.Errorf("no images")
	}
	first := rows[0]
	for _, row := range rows {
		if len(row.Images) != len(first.Images) {
			return fmt.Errorf("row %q has %d images, row %q has %d; want as many in each",
				row.Label, len(row.Images), first.Label, len(first.Images))
		}
		for i, img := range row.Images {
			if img == nil || img.Bounds().Empty() {
				return fmt.Errorf("row %q: image %d is empty", row.Label, i)
			}
			if got, want := img.Bounds().Size(), first.Images[0].Bounds().Size(); got != want {
				return fmt.Errorf("row %q: image %d has %v pixels, the first image %v; want all of one size",
					row.Label, i, got, want)
			}
		}
	}
	return nil
}
