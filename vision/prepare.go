package vision

import (
	"context"
	"fmt"
	"image"
	"runtime"

	"golang.org/x/image/draw"
	"golang.org/x/sync/errgroup"

	"aeprobe/config"
)

// This file makes images what a definition says they are for the networks. An
// image that is so already keeps every byte. Sizes are changed by x/image's
// bilinear kernel, which widens where an image becomes smaller, as Pillow's does;
// grey is Pillow's, too: (19595 R + 38470 G + 7471 B + 32768) / 65536.

// prepare makes all images of d what p says.
func prepare(ctx context.Context, d *Dataset, p config.Preparation) error {
	to := d.Shape
	if p.Size > 0 {
		to[1], to[2] = p.Size, p.Size
	}
	if p.Channels > 0 {
		to[0] = p.Channels
	}
	if to == d.Shape {
		return nil
	}
	for s := trainSplit; s <= unlabelledSplit; s++ {
		of := d.split(s)
		if of.Len() == 0 {
			continue
		}
		made := Split{Pixels: make([]byte, of.Len()*to[0]*to[1]*to[2]), Labels: of.Labels}
		err := eachOf(ctx, of.Len(), func(i int) error {
			picture, err := fitted(pictureOf(of.Image(i), d.Shape, to[0]), to, p.Fit)
			if err == nil {
				toPlanes(picture, made.Image(i), to[0])
			}
			return err
		})
		if err != nil {
			return err
		}
		*of = made
	}
	d.Shape = to
	d.Fingerprint = d.fingerprint()
	return nil
}

// eachOf calls f for 0 to n-1, on all processors, until one fails or ctx ends.
func eachOf(ctx context.Context, n int, f func(i int) error) error {
	const chunk = 64
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < n && running.Err() == nil; from += chunk {
		group.Go(func() error {
			for i := from; i < min(from+chunk, n); i++ {
				if err := running.Err(); err != nil {
					return err
				}
				if err := f(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// pictureOf is planes [C, H, W] as a picture: grey if it has one channel, or is to
// have one.
func pictureOf(planes []byte, shape [3]int, channels int) image.Image {
	n := shape[1] * shape[2]
	bounds := image.Rect(0, 0, shape[2], shape[1])
	if shape[0] == 1 {
		return &image.Gray{Pix: planes, Stride: shape[2], Rect: bounds}
	}
	colour := image.NewRGBA(bounds)
	for i := range n {
		p := colour.Pix[4*i : 4*i+4 : 4*i+4]
		p[0], p[1], p[2], p[3] = planes[i], planes[n+i], planes[2*n+i], 255
	}
	if channels == 1 {
		return grey(colour)
	}
	return colour
}

// grey is the luma of a picture.
func grey(colour *image.RGBA) *image.Gray {
	g := image.NewGray(colour.Rect)
	for i := range g.Pix {
		p := colour.Pix[4*i : 4*i+4 : 4*i+4]
		g.Pix[i] = byte((19595*uint32(p[0]) + 38470*uint32(p[1]) + 7471*uint32(p[2]) + 1<<15) >> 16)
	}
	return g
}

// toPlanes writes a picture, *image.Gray or *image.RGBA, as planes.
func toPlanes(picture image.Image, planes []byte, channels int) {
	n := len(planes) / channels
	switch p := picture.(type) {
	case *image.Gray:
		for c := range channels {
			copy(planes[c*n:], p.Pix)
		}
	case *image.RGBA:
		for i := range n {
			for c := range channels {
				planes[c*n+i] = p.Pix[4*i+c]
			}
		}
	}
}

// maxScaling bounds the memory that scaling a picture takes, in bytes. It admits
// pictures of 16,384 rows made 1024 pixels wide.
const maxScaling = 1 << 29

// fitted makes a picture, *image.Gray or *image.RGBA, as high and wide as to. It
// is an error if that is to do, but not said how, or takes too much memory.
func fitted(picture image.Image, to [3]int, fit string) (image.Image, error) {
	bounds := picture.Bounds()
	if bounds.Dx() == to[2] && bounds.Dy() == to[1] {
		return picture, nil
	}
	from, onto, err := placed(bounds, to, fit)
	if err != nil {
		return nil, err
	}
	var made draw.Image = image.NewRGBA(image.Rect(0, 0, to[2], to[1]))
	if _, is := picture.(*image.Gray); is {
		made = image.NewGray(made.Bounds())
	}
	if onto != made.Bounds() {
		draw.Draw(made, made.Bounds(), image.Black, image.Point{}, draw.Src)
	}
	if from.Size() == onto.Size() {
		draw.Draw(made, onto, picture, from.Min, draw.Src)
	} else {
		draw.BiLinear.Scale(made, onto, picture, from, draw.Src, nil)
	}
	return made, nil
}

// placed is the part of a picture of these bounds that is scaled, and where onto.
func placed(bounds image.Rectangle, to [3]int, fit string) (from, onto image.Rectangle, err error) {
	w, h := bounds.Dx(), bounds.Dy()
	from, onto = bounds, image.Rect(0, 0, to[2], to[1])
	switch fit {
	case config.FitResize:
	case config.FitCrop:
		side := min(w, h)
		corner := bounds.Min.Add(image.Pt((w-side)/2, (h-side)/2))
		from = image.Rectangle{Min: corner, Max: corner.Add(image.Pt(side, side))}
	case config.FitPad:
		if longer := max(w, h); longer > to[1] {
			w, h = max(1, (2*w*to[1]+longer)/(2*longer)), max(1, (2*h*to[1]+longer)/(2*longer))
		}
		corner := image.Pt((to[2]-w)/2, (to[1]-h)/2)
		onto = image.Rectangle{Min: corner, Max: corner.Add(image.Pt(w, h))}
	default:
		return from, onto, &refusal{fmt.Sprintf("it is %d by %d, and how it becomes %d by %d is not said", w, h, to[2], to[1]),
			"set data.fit to pad, crop or resize (docs/data.md)"}
	}
	// The scaler keeps four float64s for each of the new columns and old rows.
	if from.Size() != onto.Size() && 32*int64(onto.Dx())*int64(from.Dy()) > maxScaling {
		return from, onto, &refusal{fmt.Sprintf("it is %d by %d, too high to be scaled in %d bytes of memory", bounds.Dx(), bounds.Dy(), maxScaling), "cut or remove it"}
	}
	return from, onto, nil
}
