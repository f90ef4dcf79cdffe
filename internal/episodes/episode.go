package episodes

import (
	"encoding/binary"
	"hash"
	"math/rand/v2"
	"slices"

	"aeprobe/internal/matrix"
)

// episode is one task.
type episode []way

// way is a class of an episode and rows of its images.
type way struct {
	class             byte
	supports, queries []int
}

// drawer draws episodes.
type drawer struct {
	r       *rand.Rand
	o       Options
	classes []byte
	// images are the rows of each class.
	images [256][]int
}

func newDrawer(features matrix.Matrix, labels []byte, o Options) (*drawer, error) {
	d := &drawer{r: rand.New(rand.NewPCG(o.Seed, 0)), o: o, classes: slices.Sorted(slices.Values(o.Classes))}
	for i, label := range labels {
		d.images[label] = append(d.images[label], i)
	}
	if len(o.Classes) == 0 {
		for class, images := range d.images {
			if len(images) > 0 {
				d.classes = append(d.classes, byte(class))
			}
		}
	}
	return d, d.check(features, labels)
}

// draw draws the next episode; its classes rise.
func (d *drawer) draw() episode {
	var e episode
	for _, class := range slices.Sorted(slices.Values(choose(d.r, d.classes, d.o.Ways))) {
		images := slices.Clone(choose(d.r, d.images[class], d.o.Shots+d.o.Queries))
		e = append(e, way{class, images[:d.o.Shots], images[d.o.Shots:]})
	}
	return e
}

func (e episode) write(h hash.Hash) {
	number := func(n int) { h.Write(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
	for _, w := range e {
		number(int(w.class))
		for _, image := range slices.Concat(w.supports, w.queries) {
			number(image)
		}
	}
}

// accuracy is the share of queries whose squared Euclidean distance from the mean
// of their own class's supports is the smallest; of equal ones, the lower class's
// counts as that.
func (e episode) accuracy(features matrix.Matrix) float64 {
	prototypes := make([][]float64, len(e))
	for i, w := range e {
		prototypes[i] = features.Select(w.supports).Means()
	}
	correct, queries := 0, 0
	for i, w := range e {
		for _, query := range w.queries {
			queries++
			if nearest(prototypes, features.Row(query)) == i {
				correct++
			}
		}
	}
	return float64(correct) / float64(queries)
}

func nearest(prototypes [][]float64, row []float32) int {
	best, least := 0, 0.0
	for i, prototype := range prototypes {
		var square float64
		for j, x := range row {
			d := float64(x) - prototype[j]
			square += d * d
		}
		if i == 0 || square < least {
			best, least = i, square
		}
	}
	return best
}
