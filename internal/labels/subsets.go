package labels

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Nested chooses a subset for each entry of perClass, which ascends from 1 or
// more: that many images of each class, of 0 up to classes. Each subset holds
// the former one. Subsets are indices into labels, in ascending order.
//
// It fails where a class has fewer images than are asked for.
func Nested(labels []byte, classes int, perClass []int, seed uint64) ([][]int, error) {
	shuffled, err := byClass(labels, classes, seed)
	if err != nil {
		return nil, err
	}
	var subsets [][]int
	last := 0
	for _, count := range perClass {
		if count <= last {
			return nil, fmt.Errorf("%d images per class follow %d: list positive numbers, in ascending order", count, last)
		}
		last = count
		var subset []int
		for class, images := range shuffled {
			if count > len(images) {
				return nil, fmt.Errorf("class %d has %d images, but %d per class are asked for: ask for %d or fewer",
					class, len(images), count, fewest(shuffled))
			}
			subset = append(subset, images[:count]...)
		}
		slices.Sort(subset)
		subsets = append(subsets, subset)
	}
	return subsets, nil
}

// fewest is the size of the smallest class.
func fewest(images [][]int) int {
	smallest := slices.MinFunc(images, func(a, b []int) int { return len(a) - len(b) })
	return len(smallest)
}

// byClass lists the images of each class, each list shuffled by a generator of
// its own.
func byClass(labels []byte, classes int, seed uint64) ([][]int, error) {
	if classes < 1 {
		return nil, fmt.Errorf("there are %d classes: at least one is needed", classes)
	}
	images := make([][]int, classes)
	for i, label := range labels {
		if int(label) >= classes {
			return nil, fmt.Errorf("image %d has label %d, but there are only %d classes", i, label, classes)
		}
		images[label] = append(images[label], i)
	}
	for class, of := range images {
		random := rand.New(rand.NewPCG(seed, uint64(class)))
		random.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
	}
	return images, nil
}

// StratifiedSplit holds out a share of each class's images, 0 < share < 1,
// rounded to whole images, but at least one and not all of them. A class's only
// image is not held out. Both parts are indices into labels, in ascending order.
func StratifiedSplit(labels []byte, share float64, seed uint64) (fit, held []int) {
	images, _ := byClass(labels, 256, seed) // bytes are below 256
	for _, of := range images {
		count := max(1, int(math.Round(share*float64(len(of)))))
		count = max(0, min(count, len(of)-1))
		held = append(held, of[:count]...)
		fit = append(fit, of[count:]...)
	}
	slices.Sort(fit)
	slices.Sort(held)
	return fit, held
}

// StratifiedFolds deals the images to count folds. The numbers of a class's
// images in two folds differ by at most one, as do the folds' sizes. Folds are
// indices into labels, in ascending order.
func StratifiedFolds(labels []byte, count int, seed uint64) [][]int {
	images, _ := byClass(labels, 256, seed) // bytes are below 256
	folds := make([][]int, count)
	next := 0
	for _, of := range images {
		for _, image := range of {
			folds[next] = append(folds[next], image)
			next = (next + 1) % count
		}
	}
	for _, fold := range folds {
		slices.Sort(fold)
	}
	return folds
}

// Hash is the SHA-256 of lists of indices, in hexadecimal: results that carry
// the same hash were measured on the same images. Lengths and indices are
// hashed as little-endian 64-bit numbers.
func Hash(index [][]int) string {
	var bytes []byte
	for _, list := range index {
		bytes = binary.LittleEndian.AppendUint64(bytes, uint64(len(list)))
		for _, i := range list {
			bytes = binary.LittleEndian.AppendUint64(bytes, uint64(i))
		}
	}
	sum := sha256.Sum256(bytes)
	return hex.EncodeToString(sum[:])
}
