package nuisance

import (
	"bytes"
	"math/rand/v2"
	"slices"
)

// grey is the value of a patch in every channel.
const grey = 128

// Flip mirrors half of the images, rounded down, left to right: copies of all images, in
// their order, and the labels 1 for mirrored and 0 for those left as they are. seed
// draws which.
func Flip(pixels []byte, shape [3]int, seed uint64) (flipped, labels []byte, err error) {
	n, err := count(pixels, shape)
	if err != nil {
		return nil, nil, err
	}
	flipped, labels = bytes.Clone(pixels), balanced(rand.New(rand.NewPCG(seed, 0)), n, 2)
	rows := shape[0] * shape[1]
	for i, label := range labels {
		if label == 0 {
			continue
		}
		for row := range rows {
			first := (i*rows + row) * shape[2]
			slices.Reverse(flipped[first : first+shape[2]])
		}
	}
	return flipped, labels, nil
}

// Patch pastes a grey patch into one quadrant of each image: copies of all images, in
// their order, and the quadrants: 0 top left, 1 top right, 2 bottom left, 3 bottom right,
// each as often as the others. The patch is an eighth as high and wide as the image, at
// least a pixel, and lies wholly in its quadrant. seed draws quadrants and places.
func Patch(pixels []byte, shape [3]int, seed uint64) (patched, labels []byte, err error) {
	n, err := count(pixels, shape)
	if err != nil {
		return nil, nil, err
	}
	r := rand.New(rand.NewPCG(seed, 0))
	patched, labels = bytes.Clone(pixels), balanced(r, n, 4)
	for i, quadrant := range labels {
		top, bottom := place(r, shape[1], quadrant/2 == 1)
		left, right := place(r, shape[2], quadrant%2 == 1)
		for channel := range shape[0] {
			for row := top; row < bottom; row++ {
				first := ((i*shape[0]+channel)*shape[1] + row) * shape[2]
				for column := left; column < right; column++ {
					patched[first+column] = grey
				}
			}
		}
	}
	return patched, labels, nil
}

// place draws where a patch begins and ends along a side, in its first half or its last.
// The middle of an odd side belongs to neither.
func place(r *rand.Rand, side int, last bool) (begin, end int) {
	length, half := max(1, side/8), side/2
	begin = r.IntN(half - length + 1)
	if last {
		begin += side - half
	}
	return begin, begin + length
}

// balanced is n labels in random order, from 0 to before classes, each as often as the
// others; where n cannot be divided, the lower ones have one more.
func balanced(r *rand.Rand, n, classes int) []byte {
	labels := make([]byte, n)
	for i := range labels {
		labels[i] = byte(i % classes)
	}
	r.Shuffle(n, func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
	return labels
}
