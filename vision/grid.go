package vision

import (
	"image"
	"image/color"
	"image/draw"
)

// Image makes a picture of pixels [C, H, W], 0..255; one channel is grey,
// three are red, green and blue. What the slice is too short for stays
// transparent.
func Image(pixels []byte, shape [3]int) *image.RGBA {
	return render(shape, len(pixels), func(i int) byte { return pixels[i] })
}

// FloatImage makes a picture of values [C, H, W] in [0, 1]; what is outside is
// cut off, and not-a-number is 0.
func FloatImage(values []float32, shape [3]int) *image.RGBA {
	return render(shape, len(values), func(i int) byte {
		v := values[i]
		switch {
		case v >= 1:
			return 255
		case v > 0:
			return byte(v*255 + 0.5)
		}
		return 0
	})
}

func render(shape [3]int, n int, at func(int) byte) *image.RGBA {
	channels, height, width := shape[0], shape[1], shape[2]
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	plane := height * width
	for i := range min(plane, n-(channels-1)*plane) {
		r := at(i)
		g, b := r, r
		if channels == 3 {
			g, b = at(plane+i), at(2*plane+i)
		}
		img.SetRGBA(i%width, i/width, color.RGBA{r, g, b, 255})
	}
	return img
}

// Grid lays images of one size out in rows of so many columns, gap pixels of
// white between them.
func Grid(images []image.Image, columns, gap int) *image.RGBA {
	if len(images) == 0 || columns < 1 {
		return image.NewRGBA(image.Rectangle{})
	}
	cell := images[0].Bounds().Size().Add(image.Pt(gap, gap))
	rows := (len(images) + columns - 1) / columns
	grid := image.NewRGBA(image.Rect(0, 0, min(columns, len(images))*cell.X-gap, rows*cell.Y-gap))
	draw.Draw(grid, grid.Bounds(), image.White, image.Point{}, draw.Src)
	for i, img := range images {
		at := image.Pt(i%columns*cell.X, i/columns*cell.Y)
		draw.Draw(grid, image.Rectangle{Min: at, Max: at.Add(img.Bounds().Size())}, img, img.Bounds().Min, draw.Src)
	}
	return grid
}
