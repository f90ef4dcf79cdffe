package vision

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"os"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// This file decodes PNG, JPEG and WebP files, which it knows by their content.
// The rules:
//
//   - Nothing is allocated for an image before its header says that it is not too
//     large: a file of a kilobyte can claim to be 60,000 pixels wide.
//   - Transparency is dropped and 16 bits become the upper 8. A JPEG is turned as
//     its EXIF orientation says; of PNG and WebP, EXIF is not looked at.
//   - Colour profiles are not applied.

const (
	// maxFile bounds an image's file, in bytes.
	maxFile = 256 << 20
	// maxPixels bounds an image, and how many are decoded at any time.
	maxPixels = 1 << 26
)

// coding is one of the formats.
type coding struct {
	name   string
	begins func(head []byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codings = []coding{
	{"PNG", func(h []byte) bool { return bytes.HasPrefix(h, []byte("\x89PNG\r\n\x1a\n")) }, png.DecodeConfig, png.Decode},
	{"JPEG", func(h []byte) bool { return bytes.HasPrefix(h, []byte("\xff\xd8")) }, jpeg.DecodeConfig, jpeg.Decode},
	{"WebP", func(h []byte) bool {
		return len(h) >= 12 && bytes.HasPrefix(h, []byte("RIFF")) && string(h[8:12]) == "WEBP"
	}, webp.DecodeConfig, webp.Decode},
}

// readPicture reads an image's file.
func readPicture(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, reasonOf(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a plain file")
	case info.Size() > maxFile:
		return nil, fmt.Errorf("it has %d bytes; aeprobe reads images of up to %d", info.Size(), int64(maxFile))
	}
	content, err := os.ReadFile(path)
	return content, reasonOf(err)
}

// reasonOf is an error without the path, which the caller names.
func reasonOf(err error) error {
	if wrong, is := errors.AsType[*fs.PathError](err); is {
		return wrong.Err
	}
	return err
}

// measure finds a file's format and the picture's size, from its header alone.
func measure(content []byte) (coding, image.Config, error) {
	for _, c := range codings {
		if !c.begins(content) {
			continue
		}
		size, err := guarded(func() (image.Config, error) { return c.config(bytes.NewReader(content)) })
		switch {
		case err != nil:
			return c, size, fmt.Errorf("the %s is damaged: %w", c.name, endsEarly(err))
		case size.Width < 1 || size.Height < 1:
			return c, size, fmt.Errorf("the %s has no pixels", c.name)
		case size.Width > maxPixels/size.Height:
			return c, size, fmt.Errorf("it claims to be %d by %d pixels; aeprobe reads images of up to %d", size.Width, size.Height, maxPixels)
		}
		return c, size, nil
	}
	return coding{}, image.Config{}, errors.New("it is no PNG, JPEG or WebP")
}

// decodePicture is a file's picture, upright: *image.Gray, for one channel or where
// it has no colour, or else *image.RGBA.
func decodePicture(content []byte, c coding, channels int) (image.Image, error) {
	decoded, err := guarded(func() (image.Image, error) { return c.decode(bytes.NewReader(content)) })
	if err != nil {
		return nil, fmt.Errorf("the %s is damaged: %w", c.name, endsEarly(err))
	}
	picture := greyOrColour(decoded)
	if colour, is := picture.(*image.RGBA); is && channels == 1 {
		picture = grey(colour)
	}
	if c.name == "JPEG" {
		picture = upright(picture, orientation(content))
	}
	return picture, nil
}

// guarded turns a decoder's panic into an error: these are other people's, and
// what they read may be anybody's.
func guarded[T any](f func() (T, error)) (result T, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("it cannot be decoded: %v", reason)
		}
	}()
	return f()
}

// endsEarly says in words that a file ends too early.
func endsEarly(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends too early")
	}
	return err
}

// greyOrColour makes a picture *image.Gray or opaque *image.RGBA, from (0, 0) on.
func greyOrColour(picture image.Image) image.Image {
	bounds := picture.Bounds()
	at := image.Rect(0, 0, bounds.Dx(), bounds.Dy())
	switch p := picture.(type) {
	case *image.Gray, *image.Gray16:
		g := image.NewGray(at)
		draw.Draw(g, at, p, bounds.Min, draw.Src)
		return g
	case *image.NYCbCrA:
		picture = &p.YCbCr // without its transparency
	case *image.NRGBA:
		return opaque(at, func(x, y int) color.NRGBA { return p.NRGBAAt(bounds.Min.X+x, bounds.Min.Y+y) })
	case *image.NRGBA64:
		return opaque(at, func(x, y int) color.NRGBA {
			c := p.NRGBA64At(bounds.Min.X+x, bounds.Min.Y+y)
			return color.NRGBA{R: byte(c.R >> 8), G: byte(c.G >> 8), B: byte(c.B >> 8)}
		})
	case *image.Paletted:
		palette := make([]color.NRGBA, len(p.Palette))
		for i, c := range p.Palette {
			palette[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
			if straight, is := c.(color.NRGBA); is {
				palette[i] = straight // also where it is quite transparent
			}
		}
		return opaque(at, func(x, y int) color.NRGBA {
			if i := int(p.ColorIndexAt(bounds.Min.X+x, bounds.Min.Y+y)); i < len(palette) {
				return palette[i]
			}
			return color.NRGBA{}
		})
	}
	colour := image.NewRGBA(at)
	draw.Draw(colour, at, picture, bounds.Min, draw.Src)
	return colour
}

// opaque is a picture of colours without their transparency.
func opaque(bounds image.Rectangle, pixel func(x, y int) color.NRGBA) *image.RGBA {
	made := image.NewRGBA(bounds)
	for y := range bounds.Dy() {
		row := made.Pix[y*made.Stride:]
		for x := range bounds.Dx() {
			c := pixel(x, y)
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = c.R, c.G, c.B, 255
		}
	}
	return made
}
