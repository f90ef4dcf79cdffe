package stats

import (
	"math"
	"testing"
)

// The power of McNemar's test at the planned number of images, summed exactly
// over how many pairs are discordant and how they fall, is the planned one: up to
// a point for the approximate test that the formula is for, and a few below for
// the exact test.
func TestImagesToTell(t *testing.T) {
	for _, c := range []struct{ onlyA, onlyB, n int }{{90, 60, 500}, {20, 40, 200}, {190, 160, 1000}} {
		n := ImagesToTell(c.onlyA, c.onlyB, c.n)
		discordant := float64(c.onlyA+c.onlyB) / float64(c.n)
		forA := float64(c.onlyA) / float64(c.onlyA+c.onlyB)
		var approximate, exact float64
		for pairs := range n + 1 {
			share := binomial(n, pairs, discordant)
			if share < 1e-9 {
				continue
			}
			for a := range pairs + 1 {
				if _, p := chiSquare(a, pairs-a, 0); p <= 0.05 {
					approximate += share * binomial(pairs, a, forA)
				}
				if McNemar(a, pairs-a) <= 0.05 {
					exact += share * binomial(pairs, a, forA)
				}
			}
		}
		t.Logf("%+v: %d images, power %.4f, exact %.4f", c, n, approximate, exact)
		if math.Abs(approximate-0.8) > 0.015 || exact > approximate || exact < 0.75 {
			t.Errorf("%+v: %d images have a power of %v, with the exact test of %v", c, n, approximate, exact)
		}
	}
	// By hand: 30 and 0 of 100 have (1.95996 + 0.84162 sqrt(0.7))^2 / 0.3 = 23.66.
	if got := ImagesToTell(30, 0, 100); got != 24 {
		t.Errorf("30 to 0 of 100 need %d images", got)
	}
	if got, mirrored := ImagesToTell(7, 7, 100), ImagesToTell(9, 12, 100); got != 0 || mirrored != ImagesToTell(12, 9, 100) {
		t.Errorf("no difference needs %d images; 9 to 12 %d", got, mirrored)
	}
}

// statsmodels solves the power of the noncentral t; Zar's approximation is within
// a seed of it.
func TestSeedsToTell(t *testing.T) {
	for _, c := range readOracles(t).SeedsToTell {
		// Mean effect, standard deviation 1.
		d := []float64{c.Effect - math.Sqrt(0.5), c.Effect + math.Sqrt(0.5)}
		if got := SeedsToTell(d); math.Abs(float64(got)-math.Ceil(c.N)) > 1 {
			t.Errorf("effect %v: %d seeds, not %v", c.Effect, got, c.N)
		}
	}
	for _, d := range [][]float64{nil, {3}, {1, -1}} {
		if got := SeedsToTell(d); got != 0 {
			t.Errorf("%v needs %d seeds", d, got)
		}
	}
}

// Seeds cannot make up for images that leave too much to chance, nor images for
// seeds: 2 points over 100 images whose differences vary by 0.25 have a standard
// error of 5 points, however many the seeds.
func TestToTellOverSeedsAndImages(t *testing.T) {
	images := Components{Images: 0.25, Residual: 0.1}
	if got := images.seedsToTell(0.02, 100); got != 0 {
		t.Errorf("%d seeds make up for few images", got)
	}
	// Without Seeds and Residual the test is of z: (1.95996 + 0.84162)^2 0.25 / 0.0004 = 4905.5.
	if got := (Components{Images: 0.25}).imagesToTell(0.02, 3); got != 4906 {
		t.Errorf("%d images would tell, not 4906", got)
	}
	seeds := Components{Seeds: 0.0025, Images: 0.25, Residual: 0.1}
	if got := seeds.imagesToTell(0.02, 3); got != 0 {
		t.Errorf("%d images make up for few seeds", got)
	}
	// By hand: between two seeds there is a variance of 0.00005 with 1 degree of
	// freedom, for which 80 % power takes (12.71 + 1.38) standard errors, or 10
	// points; of all, 0.0003 with 36, which takes (2.03 + 0.85), or 5 points.
	if c := (Components{Seeds: 0.0001, Images: 0.25}); c.tells(0.06, 2, 1000) || !c.tells(0.1, 2, 1000) {
		t.Error("two seeds tell 6 points, or do not tell 10")
	}
	// With three seeds either test can be the one that lacks: 0.0001 with 2 takes
	// (4.303 + 1.061), or 5.36 points; 0.00035 with 24.5 (2.062 + 0.857), or 5.46.
	if c := (Components{Seeds: 0.0003, Images: 0.25}); c.tells(0.054, 3, 1000) || !c.tells(0.055, 3, 1000) {
		t.Error("three seeds tell 5.4 points, or do not tell 5.5")
	}
	both := Components{Seeds: 0.0001, Images: 0.25, Residual: 0.1}
	n, m := both.seedsToTell(0.02, 10_000), both.imagesToTell(0.02, 8)
	if n < 3 || !both.tells(0.02, n, 10_000) || both.tells(0.02, n-1, 10_000) {
		t.Errorf("%d seeds would tell", n)
	}
	if m < 2 || !both.tells(0.02, 8, m) || both.tells(0.02, 8, m-1) {
		t.Errorf("%d images would tell", m)
	}
}

// By hand: (1.95996 + 0.84162) sqrt(2 x 0.29 x 0.71 / n).
func TestDetectableDifference(t *testing.T) {
	for n, want := range map[int]float64{10000: 0.0179782, 500: 0.0804011} {
		if got := DetectableDifference(0.29, n); math.Abs(got-want) > 1e-7 {
			t.Errorf("of %d images %.6f is told, want %.6f", n, got, want)
		}
	}
}
