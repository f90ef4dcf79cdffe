package vision

import (
	"fmt"
	"maps"
	"slices"
)

// choiceStream has random numbers of its own, after the synthetic set's.
const choiceStream uint64 = 2

// OfClasses picks the images of some classes, in order. To leave classes out,
// give it all others.
func OfClasses(labels []byte, classes ...int) []int {
	var picked []int
	for i, l := range labels {
		if l != NoLabel && slices.Contains(classes, int(l)) {
			picked = append(picked, i)
		}
	}
	return picked
}

// PerClass picks n images of every class that labels has, 1 or more, at random
// but in order. The seed decides which, on every platform. Choices of one seed
// are nested: the images for n are among those for n+1; and a class's images
// do not depend on what other classes there are. It is an error if a class has
// fewer than n images.
func PerClass(labels []byte, n int, seed uint64) ([]int, error) {
	if n < 1 {
		return nil, fmt.Errorf("cannot pick %d images per class\nask for 1 or more", n)
	}
	of := map[byte][]int{}
	for i, l := range labels {
		if l != NoLabel {
			of[l] = append(of[l], i)
		}
	}
	var picked []int
	for _, class := range slices.Sorted(maps.Keys(of)) {
		images := of[class]
		if len(images) < n {
			return nil, fmt.Errorf("cannot pick %d images of class %d: it has %d\nask for fewer per class", n, class, len(images))
		}
		r := newRandom(seed, choiceStream, labelNumbers, int(class))
		for k := range n { // the first n steps of a shuffle
			j := r.between(k, len(images)-1)
			images[k], images[j] = images[j], images[k]
		}
		picked = append(picked, images[:n]...)
	}
	slices.Sort(picked)
	return picked, nil
}

// Without picks the images from 0 to n-1 that are not picked, in order: the
// other side of a split.
func Without(n int, picked []int) []int {
	out := make([]bool, n)
	for _, i := range picked {
		out[i] = true
	}
	var rest []int
	for i := range n {
		if !out[i] {
			rest = append(rest, i)
		}
	}
	return rest
}
