package stats

import (
	"math"
	"sort"
)

// What it takes to tell is planned for a difference of the size that was
// observed, for one comparison at 5 % (two-sided) and a power of 80 %. It is an
// estimate that is as uncertain as the difference: it plans the next
// measurement, and says nothing more about this one than p does. 0 stands for
// "no number would do".
const (
	plannedLevel = 0.05
	plannedPower = 0.8
	// No plan goes beyond.
	mostSeeds  = 1_000_000
	mostImages = 1_000_000_000_000
)

// ImagesToTell is how many test images would tell two contenders apart that are
// tested on the same images, of which n were classified correctly onlyA times by
// the one alone and onlyB times by the other alone: McNemar's test (Connor,
// Biometrics 1987, unconditional). The exact test needs a few more.
func ImagesToTell(onlyA, onlyB, n int) int {
	if onlyA == onlyB {
		return 0
	}
	discordant := float64(onlyA+onlyB) / float64(n)
	delta := float64(onlyA-onlyB) / float64(n)
	root := -normalQuantile(plannedLevel/2)*math.Sqrt(discordant) +
		normalQuantile(plannedPower)*math.Sqrt(discordant-delta*delta)
	return atMost(mostImages, root*root/(delta*delta))
}

// DetectableDifference is the least difference of two accuracies near p, each on n images
// of its own, that is told at 5 % with a power of 80 %: (z_{1-level/2} + z_power)
// sqrt(2 p (1-p) / n) (Fleiss, Statistical Methods for Rates and Proportions, without the
// continuity correction). On the same images it takes less.
func DetectableDifference(p float64, n int) float64 {
	return (-normalQuantile(plannedLevel/2) + normalQuantile(plannedPower)) * math.Sqrt(2*p*(1-p)/float64(n))
}

// SeedsToTell is how many seeds would tell by a paired t test over seeds, whose
// differences are given, two or more: the least n >= s^2/d^2 (t_{1-level/2,n-1} +
// t_{power,n-1})^2 (Zar, Biostatistical Analysis, "sample size required" of the
// one-sample t test). It leaves out that the seeds may share their test images.
func SeedsToTell(differences []float64) int {
	if len(differences) < 2 {
		return 0
	}
	mean, deviation := MeanDeviation(differences)
	return Components{Seeds: deviation * deviation}.seedsToTell(mean, 1)
}

// seedsToTell is how many seeds would tell with so many images: 0 where these
// alone leave too much to chance.
func (c Components) seedsToTell(difference float64, images int) int {
	return least(mostSeeds, func(seeds int) bool { return c.tells(difference, seeds, images) })
}

// imagesToTell is how many images would tell with so many seeds: 0 where these
// alone leave too much to chance.
func (c Components) imagesToTell(difference float64, seeds int) int {
	return least(mostImages, func(images int) bool { return c.tells(difference, seeds, images) })
}

// tells approximates, as Zar does, whether the tests of a true difference over
// seeds and over both, which must agree, have the planned power each.
func (c Components) tells(difference float64, seeds, images int) bool {
	n, m := float64(seeds), float64(images)
	variance, between := c.variance(n, m), c.betweenSeeds(n, m)
	told := func(variance, df float64) bool {
		needed := studentQuantile(1-plannedLevel/2, df) + studentQuantile(plannedPower, df)
		return difference*difference >= variance*needed*needed
	}
	return difference != 0 && told(between, n-1) && told(variance, freedom(n, variance, between))
}

// least is the least number from 2 up to most that is enough, or 0. Numbers
// beyond one that is enough are enough, too.
func least(most int, enough func(int) bool) int {
	if !enough(most) {
		return 0
	}
	return 2 + sort.Search(most-2, func(i int) bool { return enough(2 + i) })
}

// atMost rounds a number of images up to a whole one, and is 0 beyond most.
func atMost(most int, images float64) int {
	if images > float64(most) {
		return 0
	}
	return max(1, int(math.Ceil(images)))
}
