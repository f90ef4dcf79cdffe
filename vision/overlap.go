package vision

import (
	"bytes"
	"context"
	"hash/maphash"
)

// Overlap counts the images that are also among others, equal in every value, once
// each time that they are there. Images of another shape are never equal.
func Overlap(ctx context.Context, images, others Split) (int, error) {
	if images.Len() == 0 || others.Len() == 0 || len(images.Image(0)) != len(others.Image(0)) {
		return 0, nil
	}
	seed := maphash.MakeSeed()
	at := make(map[uint64]int, others.Len())
	for i := range others.Len() {
		at[maphash.Bytes(seed, others.Image(i))] = i
	}
	n := 0
	for i := range images.Len() {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		image := images.Image(i)
		if j, found := at[maphash.Bytes(seed, image)]; found && bytes.Equal(image, others.Image(j)) {
			n++
		}
	}
	return n, nil
}
