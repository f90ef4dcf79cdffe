package tsne

import (
	"math"
	"testing"

	"aeprobe/internal/matrix"
)

// TestConditionHasTheEntropy measures rows that are easy and hard to search:
// clusters, nearly equal distances, scales far apart, an outlier.
func TestConditionHasTheEntropy(t *testing.T) {
	features, _ := clusters()
	near, err := squaredDistances(t.Context(), features, 1)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]func(j int) float32{
		"clusters":     func(j int) float32 { return near.Row(5)[j] },
		"nearly equal": func(j int) float32 { return 1 + float32(hash(j))*1e-12 + float32(j)*0x1p-20 },
		"scales":       func(j int) float32 { return float32(math.Exp2(float64(j)/3 - 50)) },
		"outlier":      func(j int) float32 { return float32(hash(j)) * 1e-9 * float32(1+1e9*float64(j/299)) },
		"a duplicate":  func(j int) float32 { return float32(min(1, j)) * (1 + float32(j)*0x1p-10) },
	}
	for name, of := range rows {
		for _, perplexity := range []float64{1.5, 5, 30, 99} {
			row := make([]float32, points)
			for j := range row {
				row[j] = of(j)
			}
			newSearch(points-1).condition(row, 5, math.Log(perplexity))
			var sum, entropy float64
			for _, p32 := range row {
				if p := float64(p32); p > 0 {
					sum, entropy = sum+p, entropy-p*math.Log(p)
				}
			}
			if !(math.Abs(entropy-math.Log(perplexity)) <= 1e-5) || !(math.Abs(sum-1) <= 1e-6) || row[5] != 0 {
				t.Errorf("%s: entropy %g, want ln %g = %g; sum %g; %g for itself", name, entropy, perplexity, math.Log(perplexity), sum, row[5])
			}
		}
	}
}

// TestConditionOfTies gives more nearest points than the perplexity their even share.
func TestConditionOfTies(t *testing.T) {
	row := []float32{2, 2, 0, 2, 9, 2, 3}
	newSearch(len(row)-1).condition(row, 2, math.Log(2))
	for j, want := range []float32{0.25, 0.25, 0, 0.25, 0, 0.25, 0} {
		if row[j] != want {
			t.Errorf("point %d has %g, want %g", j, row[j], want)
		}
	}
}

func TestAffinitiesAreAJointDistribution(t *testing.T) {
	features, _ := clusters()
	p, err := affinities(t.Context(), features, Options{Perplexity: 30, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for i := range points {
		for j, v := range p.Row(i) {
			if v != p.Row(j)[i] || !(v >= 0) || i == j && v != 0 {
				t.Fatalf("p[%d][%d] = %g, p[%d][%d] = %g", i, j, v, j, i, p.Row(j)[i])
			}
			sum += float64(v)
		}
	}
	if !(math.Abs(sum-1) <= 1e-6) {
		t.Errorf("the sum is %g", sum)
	}
	// scikit-learn stops its search at an entropy within 1e-5.
	for j, want := range expected(t).Affinities {
		if got := float64(p.Row(0)[j+1]); !(math.Abs(got-want) <= 1e-4*want+1e-12) {
			t.Errorf("p[0][%d] = %g, scikit-learn's %g", j+1, got, want)
		}
	}
}

// TestGradientIsThatOfTheDivergence compares with central differences, whose error
// is of the order of their step's square.
func TestGradientIsThatOfTheDivergence(t *testing.T) {
	all, _ := clusters()
	const n = 14
	features := all.Slice(0, n)
	p, err := affinities(t.Context(), features, Options{Perplexity: 4, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	at := firstColumns(features)
	for i := range at {
		at[i][0], at[i][1] = at[i][0]/20, at[i][1]/20
	}
	divergence := func() float64 {
		kl, err := newDescent(p, 1, newState("", at)).divergence(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return kl
	}
	d := newDescent(p, 1, newState("", at))
	normalizer, err := d.pullAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const step = 1e-5
	for i := range at {
		for c, g := range d.pulls[i].gradient(1, normalizer) {
			was := at[i][c]
			at[i][c] = was + step
			above := divergence()
			at[i][c] = was - step
			below := divergence()
			at[i][c] = was
			if want := (above - below) / (2 * step); !(math.Abs(4*g-want) <= 1e-7) {
				t.Errorf("point %d, coordinate %d: %g, numerically %g", i, c, 4*g, want)
			}
		}
	}
}

// TestGradientExaggerates compares with affinities that are larger.
func TestGradientExaggerates(t *testing.T) {
	p := pull{attraction: [2]float64{1, 2}, repulsion: [2]float64{3, 6}, weight: 9}
	if got, want := p.gradient(12, 3), [2]float64{11, 22}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSquaredDistances(t *testing.T) {
	features := matrix.Matrix{Values: []float32{0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 3, 4, 0, 0, 1}, Columns: 5}
	got, err := squaredDistances(t.Context(), features, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{0, 25, 26, 25, 0, 1, 26, 1, 0} {
		if got.Values[i] != want/64 { // in units of 8, above 4
			t.Errorf("distance %d: %g, want %g", i, got.Values[i], want/64)
		}
	}
}
