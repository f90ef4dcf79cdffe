package labels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// onlineShares are the shares of the images at which the online code fits its
// probe again (Voita and Titov, Information-Theoretic Probing with Minimum
// Description Length, 2020, the online code and its published configuration).
var onlineShares = []float64{0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1}

// OnlineSizes are the numbers of images after which the online code of that
// many images fits its probe again: 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.25, 12.5,
// 25, 50 and 100 % of them, ascending and without repetition, 1 or more.
func OnlineSizes(images int) []int {
	var sizes []int
	for _, share := range onlineShares {
		if size := int(math.Round(share * float64(images))); size > 0 {
			sizes = append(sizes, size)
		}
	}
	return slices.Compact(sizes)
}

// Shuffled is the order in which the online code takes that many images.
func Shuffled(images int, seed uint64) []int {
	return rand.New(rand.NewPCG(seed, 0)).Perm(images)
}

// A Block is one step of the online code: a probe fitted on the first Images
// images gave the labels of the Next ones after them a code of Bits bits.
type Block struct {
	Images int     `json:"images"`
	Next   int     `json:"next"`
	Bits   float64 `json:"bits"`
}

// Loss is the probe's mean loss on the block, bits per image.
func (b Block) Loss() float64 { return b.Bits / float64(b.Next) }

// A Description says in how many bits a probe transmits the labels.
type Description struct {
	// Bits is the online code's length, L.
	Bits float64 `json:"bits"`
	// First is the part of it for the first images, whose labels are sent
	// without a probe.
	First float64 `json:"first_bits"`
	// Uniform is the length without a probe, n log2 K.
	Uniform float64 `json:"uniform_bits"`
	// Compression is Uniform / Bits. It is 1 for features that tell nothing
	// of the labels.
	Compression float64 `json:"compression"`
}

// Describe is the length of the online code of labels of that many classes:
// L = t1 log2 K + sum of the blocks' bits, t1 the images of the first block
// (Voita and Titov 2020). Each block must begin where the former
// one ends.
func Describe(blocks []Block, classes int) (Description, error) {
	if len(blocks) == 0 {
		return Description{}, fmt.Errorf("the online code has no blocks: it takes at least two images")
	}
	if classes < 2 {
		return Description{}, fmt.Errorf("labels of %d class need no code: at least two classes are needed", classes)
	}
	perLabel := math.Log2(float64(classes))
	d := Description{First: float64(blocks[0].Images) * perLabel}
	d.Bits = d.First
	end := blocks[0].Images
	for i, block := range blocks {
		if block.Images != end || block.Images < 1 || block.Next < 1 {
			return Description{}, fmt.Errorf("block %d of the online code codes %d images after %d: it must begin after image %d and code at least one",
				i, block.Next, block.Images, end)
		}
		end += block.Next
		d.Bits += block.Bits
	}
	d.Uniform = float64(end) * perLabel
	d.Compression = d.Uniform / d.Bits
	return d, nil
}
