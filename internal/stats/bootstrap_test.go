package stats

import (
	"math"
	"testing"
)

// The variance of the draws has a closed form (see Owen 2007): seeds and
// images are resampled independently of each other, and weights w of n units have
// E[w_s w_t] = 1 - 1/n, and 1 more where s = t. Images that were drawn anew for
// each seed, or for each contender, would have another.
func TestBootstrapVariance(t *testing.T) {
	for _, seeds := range []int{1, 2, 5} {
		r := newRand(uint64(seeds))
		d, err := newPairs(world{0.5, 0.1, 0.4}.contender(r, seeds, 300), world{0.4, 0.1, 0.4}.contender(r, seeds, 300))
		if err != nil {
			t.Fatal(err)
		}
		const draws = bootstrapDraws
		var sum, square float64
		for _, x := range d.resample(7) {
			sum += float64(x)
			square += float64(x) * float64(x)
		}
		mean := sum / draws
		got, want := square/draws-mean*mean, resampledVariance(d)
		// Five standard errors of a variance, and of a mean.
		if math.Abs(got/want-1) > 5*math.Sqrt(2.0/draws) {
			t.Errorf("%d seeds: the variance of the draws is %v, not %v", seeds, got, want)
		}
		if total := d.mean() * float64(seeds*300); math.Abs(mean-total) > 5*math.Sqrt(want/draws) {
			t.Errorf("%d seeds: the mean of the draws is %v, not %v", seeds, mean, total)
		}
	}
}

func resampledVariance(d pairs) float64 {
	n, m := float64(len(d)), float64(d.images())
	var total, ofSeeds, ofImages, squares float64
	for _, row := range d {
		sum := 0.0
		for _, x := range row {
			sum += float64(x)
			squares += float64(x) * float64(x)
		}
		total += sum
		ofSeeds += sum * sum
	}
	for i := range d[0] {
		sum := 0.0
		for s := range d {
			sum += float64(d[s][i])
		}
		ofImages += sum * sum
	}
	return (1-1/n)*(1-1/m)*total*total + (1-1/m)*ofSeeds + (1-1/n)*ofImages + squares - total*total
}

// One seed: the standard error of a paired difference is sqrt((b + c)/n -
// ((b - c)/n)^2)/sqrt(n), and the interval 1.96 of it to each side.
func TestBootstrapOfOneSeed(t *testing.T) {
	a, b := table(2000, 300, 200)
	difference, got, err := Bootstrap(a, b, 3)
	if err != nil || math.Abs(difference-0.05) > 1e-12 {
		t.Fatalf("difference is %v (%v)", difference, err)
	}
	se := math.Sqrt((0.25 - 0.05*0.05) / 2000)
	// The 2.5 % quantile of 10,000 draws has a standard error of 0.027 se.
	if math.Abs(got.Low-(0.05-1.96*se)) > 0.14*se || math.Abs(got.High-(0.05+1.96*se)) > 0.14*se {
		t.Errorf("interval is %v, with a standard error of %v", got, se)
	}
	if _, again, _ := Bootstrap(a, b, 3); again != got {
		t.Errorf("the same seed gave %v, then %v", got, again)
	}
	if _, other, _ := Bootstrap(a, b, 4); other == got {
		t.Error("another seed gave the same interval")
	}
}

// table is one seed on so many images, of which a alone is right on onlyA and b
// alone on onlyB; both are right on half of the others.
func table(images, onlyA, onlyB int) (a, b [][]bool) {
	a, b = [][]bool{make([]bool, images)}, [][]bool{make([]bool, images)}
	for i := range images {
		both := i >= onlyA+onlyB && i%2 == 0
		a[0][i] = both || i < onlyA
		b[0][i] = both || i >= onlyA && i < onlyA+onlyB
	}
	return a, b
}

// numpy.quantile([1, 2, 4, 8], [0, 0.025, 0.5, 0.9, 1])
func TestQuantile(t *testing.T) {
	for p, want := range map[float64]float64{0: 1, 0.025: 1.075, 0.5: 3, 0.9: 6.8, 1: 8} {
		if got := quantile([]int{1, 2, 4, 8}, p); math.Abs(got-want) > 1e-12 {
			t.Errorf("quantile %v is %v, not %v", p, got, want)
		}
	}
}

func BenchmarkBootstrap(b *testing.B) {
	r := newRand(1)
	x, y := world{0.3, 0.01, 0.3}.contender(r, 5, 10_000), world{0.3, 0.01, 0.3}.contender(r, 5, 10_000)
	for b.Loop() {
		if _, _, err := Bootstrap(x, y, 1); err != nil {
			b.Fatal(err)
		}
	}
}
