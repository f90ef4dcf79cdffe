package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Confidence of the intervals of a comparison, and draws of the bootstrap.
const (
	confidence     = 0.95
	bootstrapDraws = 10_000
)

// Bootstrap is the hierarchical bootstrap of the difference in accuracy of two
// contenders, A - B, from which test images each classified correctly [seeds]
// [images]. A draw resamples the seeds with replacement, and the images, the same
// ones for all seeds and for both contenders, since these share them (the
// pigeonhole bootstrap: Owen, Ann. Appl. Stat. 2007). One seed makes it the
// paired bootstrap over images. A contender in which nothing is random has one
// row. The interval is the 95 % percentile interval of 10,000 draws.
//
// Few seeds make the interval too narrow: the bootstrap sees (n-1)/n of the
// variance between n seeds, and takes it as known. Random numbers come from seed.
func Bootstrap(correctA, correctB [][]bool, seed uint64) (float64, Interval, error) {
	d, err := newPairs(correctA, correctB)
	if err != nil {
		return 0, Interval{}, err
	}
	return d.mean(), d.bootstrap(seed), nil
}

func (d pairs) bootstrap(seed uint64) Interval {
	sums := d.resample(seed)
	slices.Sort(sums)
	i := Interval{quantile(sums, 0.5-confidence/2), quantile(sums, 0.5+confidence/2)}
	return i.times(1 / float64(len(d)*d.images()))
}

// resample sums the differences of each draw, over as many seeds and images as
// there are.
func (d pairs) resample(seed uint64) []int {
	kinds, kindOf := d.kinds()
	r := rand.NewPCG(seed, 0)
	sums := make([]int, bootstrapDraws)
	values := make([]int32, len(kinds))
	weights := make([]int32, len(d))
	seeds, images := uint64(len(d)), uint64(len(kindOf))
	for draw := range sums {
		clear(weights)
		for range d {
			weights[below(seeds, r.Uint64()>>32)]++
		}
		for k, column := range kinds {
			values[k] = 0
			for s, x := range column {
				values[k] += weights[s] * int32(x)
			}
		}
		// Two images for each random number, which is most of the work.
		sum := 0
		for range images / 2 {
			bits := r.Uint64()
			sum += int(values[kindOf[below(images, bits>>32)]]) + int(values[kindOf[below(images, bits&math.MaxUint32)]])
		}
		if images%2 == 1 {
			sum += int(values[kindOf[below(images, r.Uint64()>>32)]])
		}
		sums[draw] = sum
	}
	return sums
}

// below maps 32 random bits to a number below n. Of 10,000 numbers, none is more
// than 3 in a million more probable than another.
func below(n, bits uint64) uint64 { return bits * n >> 32 }

// kinds are the distinct columns of d, of which there are few, [kinds][seeds],
// and the kind of each image: a draw then weighs the seeds once for each kind.
func (d pairs) kinds() (kinds [][]int8, kindOf []int32) {
	known := map[string]int32{}
	kindOf = make([]int32, d.images())
	key := make([]byte, len(d))
	for i := range kindOf {
		column := make([]int8, len(d))
		for s := range d {
			column[s] = d[s][i]
			key[s] = byte(d[s][i])
		}
		kind, seen := known[string(key)]
		if !seen {
			kind = int32(len(kinds))
			known[string(key)] = kind
			kinds = append(kinds, column)
		}
		kindOf[i] = kind
	}
	return kinds, kindOf
}

// quantile interpolates sorted values linearly, as numpy does by default.
func quantile(sorted []int, p float64) float64 {
	at := p * float64(len(sorted)-1)
	low := int(math.Floor(at))
	high := min(low+1, len(sorted)-1)
	return float64(sorted[low]) + (at-float64(low))*float64(sorted[high]-sorted[low])
}
