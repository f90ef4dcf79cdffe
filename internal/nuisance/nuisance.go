// Package nuisance makes tasks that have nothing to do with the classes: how light,
// colourful and sharp an image is, and where its light lies. A probe of them shows what
// else the features know. Control tasks show what a probe learns by heart.
//
// Its rule: everything is a function of its arguments, so that a task can be made again
// from the images and a seed. Images are uint8, [N, C, H, W], from 0 to 255.
package nuisance

import "fmt"

// count is the number of images in pixels, each of shape [C, H, W] with at least two
// rows and columns.
func count(pixels []byte, shape [3]int) (int, error) {
	if shape[0] < 1 || shape[1] < 2 || shape[2] < 2 {
		return 0, fmt.Errorf("images of shape %v: pass at least one channel and two rows and columns", shape)
	}
	size := shape[0] * shape[1] * shape[2]
	if len(pixels) == 0 || len(pixels)%size != 0 {
		return 0, fmt.Errorf("%d bytes are not one or more images of shape %v: pass %d for each", len(pixels), shape, size)
	}
	return len(pixels) / size, nil
}
