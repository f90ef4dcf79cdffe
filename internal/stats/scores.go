package stats

import (
	"fmt"
	"math"
)

// The tests of scores, named after what there is a score for: "paired t over folds"
// with one seed, and with more BySeeds or "t over seeds and folds".
func byParts(part string) Test         { return Test("paired t over " + part + "s") }
func bySeedsAndParts(part string) Test { return Test("t over seeds and " + part + "s") }

// CompareScores compares two contenders by scores, from 0 to 1, of the same parts of
// the test images, such as folds or episodes [seeds][parts]; part is what one is
// called. Row s of both is of the same seed, column i of the same part; a contender in
// which nothing is random has one row.
//
// Its rule is that of Compare, with parts for images: with one seed a paired t over the
// parts decides, and with more the larger p of the paired t over the seeds' means and
// the t over seeds and parts. Parts are taken as a random sample. Episodes draw from the
// same test images: what is said of them is said on these.
func CompareScores(a, b [][]float64, part string) (Comparison, error) {
	d, err := newScores(a, b)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{Seeds: len(d), Part: part, Parts: len(d[0]), Verdict: CannotTell}
	if c.Seeds > 1 {
		test, seeds, err := d.crossed()
		if err != nil {
			return Comparison{}, err
		}
		flip := signFlip(seeds, 0)
		c.overBothOf(test, BySeeds, bySeedsAndParts(part))
		c.P = PValues{SeedsAndParts: &test.overBoth.p, PairedT: &test.overSeeds.p, SignFlip: &flip}
		c.PartsToTell = test.imagesToTell(test.difference, c.Seeds)
		c.SeedsToTell = test.seedsToTell(test.difference, c.Parts)
		return c, nil
	}
	mean, deviation := MeanDeviation(d[0])
	n := float64(c.Parts)
	test := newTTest(mean, deviation*deviation/n, n-1)
	half := test.half(confidence)
	c.Difference, c.Interval = 100*mean, Interval{mean - half, mean + half}.times(100)
	c.Bootstrap = c.Interval
	c.P = PValues{Parts: &test.p}
	c.Deciding, c.DecidingP = byParts(part), test.p
	c.PartsToTell = SeedsToTell(d[0])
	return c, nil
}

// overBothOf is the difference, its interval and the deciding p of two tests that must
// agree.
func (c *Comparison) overBothOf(test crossed, bySeeds, byBoth Test) {
	half := max(test.overSeeds.half(confidence), test.overBoth.half(confidence))
	c.Difference = 100 * test.difference
	c.Interval = Interval{test.difference - half, test.difference + half}.times(100)
	c.Bootstrap = c.Interval
	c.Variances = &test.Components
	c.Deciding, c.DecidingP = byBoth, test.overBoth.p
	if test.overSeeds.p >= c.DecidingP {
		c.Deciding, c.DecidingP = bySeeds, test.overSeeds.p
	}
}

// scores are the differences of two contenders' [seeds][parts], two parts or more.
type scores [][]float64

// newScores pairs a with b. A contender with one row has it for every seed.
func newScores(a, b [][]float64) (scores, error) {
	if len(a) == 0 || len(b) == 0 || len(a[0]) < 2 {
		return nil, fmt.Errorf("nothing to compare: each contender needs one seed and two scores at least")
	}
	if len(a) != len(b) && len(a) != 1 && len(b) != 1 {
		return nil, fmt.Errorf("%d seeds cannot be paired with %d: give both contenders the same seeds, or one row to "+
			"a contender in which nothing is random", len(a), len(b))
	}
	d := make(scores, max(len(a), len(b)))
	for s := range d {
		x, y := a[min(s, len(a)-1)], b[min(s, len(b)-1)]
		if len(x) != len(a[0]) {
			return nil, fmt.Errorf("seed %d has %d scores, and the first has %d: score all on the same parts", s, len(x), len(a[0]))
		}
		var err error
		if d[s], err = difference(x, y); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// crossed tests d, and returns the seeds' means.
func (d scores) crossed() (crossed, []float64, error) {
	n, m := len(d), len(d[0])
	bySeed, byPart := make([]float64, n), make([]float64, m)
	mean := 0.0
	for s, row := range d {
		for i, x := range row {
			bySeed[s] += x / float64(m)
			byPart[i] += x / float64(n)
		}
		mean += bySeed[s] / float64(n)
	}
	var ofSeeds, ofParts, residual float64
	for s, row := range d {
		ofSeeds += math.Pow(bySeed[s]-mean, 2) * float64(m)
		for i, x := range row {
			residual += math.Pow(x-bySeed[s]-byPart[i]+mean, 2)
		}
	}
	for _, x := range byPart {
		ofParts += math.Pow(x-mean, 2) * float64(n)
	}
	c, err := newCrossed(n, m, mean, ofSeeds, ofParts, residual)
	return c, bySeed, err
}
