package nuisance

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"slices"
)

// An Alteration changes images in one of several ways, which a probe of their features
// is then asked for. By chance it is right for 1 of as many images as there are ways.
type Alteration struct {
	Name string
	// Ways are what is done, in words, by number from 0.
	Ways  []string
	alter func(pixels []byte, shape [3]int, way int) error
}

// Alterations are those of position and of processing, for images of 1 or 3 channels:
//
//   - flip: as it is, or mirrored, left to right
//   - quadrant: a chequered patch in the middle of a quadrant, half as high and half as
//     wide. All else being equal, nothing but its place differs between ways
//   - JPEG quality: compressed and decompressed at quality 90, 50 or 10, as Go's
//     image/jpeg does, whose rounding may change from one version of Go to another
func Alterations() []Alteration {
	return []Alteration{
		{"flip", []string{"as it is", "mirrored"}, flip},
		{"quadrant", []string{"top left", "top right", "bottom left", "bottom right"}, paste},
		{"JPEG quality", []string{"90", "50", "10"}, compress},
	}
}

// Draw is how images are altered: a way for each of n images, equally many for each way
// but for one, at random. With one seed, training and test images have ways of their own
// by number.
func (a Alteration) Draw(n int, seed, number uint64) []byte {
	ways := make([]byte, n)
	for i := range ways {
		ways[i] = byte(i % len(a.Ways))
	}
	r := rand.New(rand.NewPCG(seed, number))
	r.Shuffle(n, func(i, j int) { ways[i], ways[j] = ways[j], ways[i] })
	return ways
}

// Apply is a copy of pixels, uint8 [N, C, H, W], of images that are altered each in its
// way.
func (a Alteration) Apply(pixels []byte, shape [3]int, ways []byte) ([]byte, error) {
	n, err := count(pixels, shape)
	switch {
	case err != nil:
		return nil, err
	case shape[0] != 1 && shape[0] != 3:
		return nil, fmt.Errorf("images of %d channels: those of 1 or 3 can be altered", shape[0])
	case shape[1] < 4 || shape[2] < 4:
		return nil, fmt.Errorf("images of %d x %d pixels have no quadrants for a patch: pass at least 4 x 4", shape[1], shape[2])
	case len(ways) != n:
		return nil, fmt.Errorf("%d ways to alter %d images: pass one for each", len(ways), n)
	}
	altered := slices.Clone(pixels)
	size := len(pixels) / n
	for i, way := range ways {
		if int(way) >= len(a.Ways) {
			return nil, fmt.Errorf("way %d of %d: pass 0 to %d", way, len(a.Ways), len(a.Ways)-1)
		}
		if err := a.alter(altered[i*size:(i+1)*size], shape, int(way)); err != nil {
			return nil, fmt.Errorf("%s of image %d: %w", a.Name, i, err)
		}
	}
	return altered, nil
}

// flip mirrors an image, or leaves it.
func flip(pixels []byte, shape [3]int, way int) error {
	if way == 1 {
		for row := range slices.Chunk(pixels, shape[2]) {
			slices.Reverse(row)
		}
	}
	return nil
}

// paste puts the patch into a quadrant. The squares of the patch are two pixels wide
// where it is of four or more.
func paste(pixels []byte, shape [3]int, way int) error {
	height, width := shape[1]/4, shape[2]/4
	top, left := way/2*(shape[1]/2)+shape[1]/8, way%2*(shape[2]/2)+shape[2]/8
	square := min(2, max(1, min(height, width)/2))
	for c := range shape[0] {
		for y := range height {
			for x := range width {
				light := byte(255 * ((y/square + x/square) % 2))
				pixels[(c*shape[1]+top+y)*shape[2]+left+x] = light
			}
		}
	}
	return nil
}

// qualities are those of the ways of compress.
var qualities = []int{90, 50, 10}

// compress replaces an image by what is left of it.
func compress(pixels []byte, shape [3]int, way int) error {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, toImage(pixels, shape), &jpeg.Options{Quality: qualities[way]}); err != nil {
		return err
	}
	decoded, err := jpeg.Decode(&file)
	if err != nil {
		return err
	}
	size := shape[1] * shape[2]
	for i := range size {
		x, y := i%shape[2], i/shape[2]
		if shape[0] == 1 {
			pixels[i] = color.GrayModel.Convert(decoded.At(x, y)).(color.Gray).Y
			continue
		}
		c := color.RGBAModel.Convert(decoded.At(x, y)).(color.RGBA)
		pixels[i], pixels[size+i], pixels[2*size+i] = c.R, c.G, c.B
	}
	return nil
}

// toImage is an image, [C, H, W], in the standard library's form.
func toImage(pixels []byte, shape [3]int) image.Image {
	bounds := image.Rect(0, 0, shape[2], shape[1])
	if shape[0] == 1 {
		return &image.Gray{Pix: pixels, Stride: shape[2], Rect: bounds}
	}
	whole, size := image.NewRGBA(bounds), shape[1]*shape[2]
	for i := range size {
		copy(whole.Pix[4*i:], []byte{pixels[i], pixels[size+i], pixels[2*size+i], 255})
	}
	return whole
}
