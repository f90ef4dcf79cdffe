package stats

import "fmt"

// pairs is the difference in correctness of two contenders [seeds][images]: 1
// where only the first is right, -1 where only the second is, else 0. There is
// at least one of each.
type pairs [][]int8

// newPairs pairs correctA with correctB, each [seeds][images]. A contender in
// which nothing is random has one row, which is repeated for every seed of the
// other.
func newPairs(correctA, correctB [][]bool) (pairs, error) {
	if len(correctA) == 0 || len(correctB) == 0 || len(correctA[0]) == 0 {
		return nil, fmt.Errorf("nothing to compare: each contender needs one seed and one test image at least")
	}
	if len(correctA) != len(correctB) && len(correctA) != 1 && len(correctB) != 1 {
		return nil, fmt.Errorf("%d seeds cannot be paired with %d: give both contenders the same seeds, or one row to "+
			"a contender in which nothing is random", len(correctA), len(correctB))
	}
	d := make(pairs, max(len(correctA), len(correctB)))
	images := len(correctA[0])
	for s := range d {
		a, b := correctA[min(s, len(correctA)-1)], correctB[min(s, len(correctB)-1)]
		if len(a) != images || len(b) != images {
			return nil, fmt.Errorf("seed %d has %d and %d test images, and the first has %d: test all on the same images",
				s, len(a), len(b), images)
		}
		d[s] = make([]int8, images)
		for i := range a {
			d[s][i] = int8(number(a[i]) - number(b[i]))
		}
	}
	return d, nil
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (d pairs) images() int { return len(d[0]) }

// bySeed is the sum over the images of each seed.
func (d pairs) bySeed() []int {
	sums := make([]int, len(d))
	for s, row := range d {
		for _, x := range row {
			sums[s] += int(x)
		}
	}
	return sums
}

// byImage is the sum over the seeds of each image.
func (d pairs) byImage() []int {
	sums := make([]int, d.images())
	for _, row := range d {
		for i, x := range row {
			sums[i] += int(x)
		}
	}
	return sums
}

// discordant counts where only the first is right, and where only the second is.
func (d pairs) discordant() (onlyA, onlyB int) {
	for _, row := range d {
		for _, x := range row {
			switch x {
			case 1:
				onlyA++
			case -1:
				onlyB++
			}
		}
	}
	return onlyA, onlyB
}

// mean is the difference of the accuracies.
func (d pairs) mean() float64 {
	onlyA, onlyB := d.discordant()
	return float64(onlyA-onlyB) / float64(len(d)*d.images())
}
