package stats

import (
	"fmt"
	"math"
)

// Components are the variances that a difference in correctness has over seeds
// and images, which are crossed: every seed is tested on the same images.
type Components struct {
	// Seeds is the variance of one seed's accuracy on all images there could be,
	// Images that of one image over all seeds, and Residual that of one seed on one
	// image beyond both.
	Seeds    float64 `json:"seeds"`
	Images   float64 `json:"images"`
	Residual float64 `json:"residual"`
}

// variance is that of the mean over so many seeds and images.
func (c Components) variance(seeds, images float64) float64 {
	return c.betweenSeeds(seeds, images) + c.Images/images
}

// betweenSeeds is the part of it that shows as differences between seeds.
func (c Components) betweenSeeds(seeds, images float64) float64 {
	return c.Seeds/seeds + c.Residual/(seeds*images)
}

// freedom is the degrees of freedom of a variance (Satterthwaite; Hillis, Stat.
// Med. 2007, equation for ddf_H) of which the part between seeds was measured on
// few of them, and the rest on many images. No part between seeds leaves
// infinitely many.
func freedom(seeds, variance, betweenSeeds float64) float64 {
	if betweenSeeds == 0 {
		return math.Inf(1)
	}
	ratio := variance / betweenSeeds
	return (seeds - 1) * ratio * ratio
}

// crossed is two t tests of the difference in accuracy of two contenders that
// were tested with several seeds on the same images.
type crossed struct {
	Components
	difference float64
	// Over the seeds' accuracies: what other seeds would do on these images.
	overSeeds tTest
	// Over seeds and images, both of them random samples.
	overBoth tTest
}

// tTest is a difference's standard error with its degrees of freedom, and p.
type tTest struct {
	standardError, df, p float64
}

func newTTest(difference, variance, df float64) tTest {
	t := tTest{math.Sqrt(variance), df, 1}
	if difference != 0 {
		t.p = studentP(difference/t.standardError, df)
	}
	return t
}

// half is half of the width of the confidence interval.
func (t tTest) half(confidence float64) float64 {
	return studentQuantile(0.5+confidence/2, t.df) * t.standardError
}

// crossed tests d. The test over both is that of two modalities which several
// readers read on the same cases, with seeds for readers (Dorfman, Berbaum and
// Metz 1992, with the degrees of freedom of Hillis, Stat. Med. 2007). Components
// are estimated by the method of moments, from the mean squares of the two-way
// table without replication; an estimate below 0 is 0. That the mean square
// between seeds counts for no less than the residual is the only departure from
// Hillis: seeds that agree by accident leave the variance that images show. All
// sums are of integers, and exact.
func (d pairs) crossed() (crossed, error) {
	n, m := len(d), d.images()
	var ofSeeds, ofImages, total, squares int
	for _, sum := range d.bySeed() {
		total += sum
		ofSeeds += sum * sum
	}
	for _, sum := range d.byImage() {
		ofImages += sum * sum
	}
	for _, row := range d {
		for _, x := range row {
			squares += int(x) * int(x)
		}
	}
	// n m times the sums of squares.
	seeds := n*ofSeeds - total*total
	images := m*ofImages - total*total
	residual := n*m*squares - seeds - images - total*total
	cells := float64(n * m)
	return newCrossed(n, m, d.mean(), float64(seeds)/cells, float64(images)/cells, float64(residual)/cells)
}

// newCrossed makes the tests of n seeds and m images from the difference and the sums
// of squares between seeds, between images, and of what is left.
func newCrossed(n, m int, difference, seeds, images, residual float64) (crossed, error) {
	if n < 2 || m < 2 {
		return crossed{}, fmt.Errorf("%d seeds and %d test images show no variance: give 2 or more of each", n, m)
	}
	cells := float64(n * m)
	meanSeeds := seeds / float64(n-1)
	meanImages := images / float64(m-1)
	meanResidual := residual / float64((n-1)*(m-1))
	c := crossed{
		Components: Components{
			Seeds:    max(0, meanSeeds-meanResidual) / float64(m),
			Images:   max(0, meanImages-meanResidual) / float64(n),
			Residual: meanResidual,
		},
		difference: difference,
	}
	variance, between := c.variance(float64(n), float64(m)), meanSeeds/cells
	c.overSeeds = newTTest(c.difference, between, float64(n-1))
	c.overBoth = newTTest(c.difference, variance, freedom(float64(n), variance, between))
	return c, nil
}
