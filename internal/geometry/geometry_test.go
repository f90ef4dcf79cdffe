package geometry

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"aeprobe/internal/matrix"
	"aeprobe/internal/matrix/matrixtest"
	"aeprobe/internal/torch/torchtest"
)

// measure measures m as of one class.
func measure(t *testing.T, m matrix.Matrix) Panel {
	t.Helper()
	torchtest.Pin(t)
	p, err := Measure(t.Context(), m, make([]byte, m.Rows()), 1, 7)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// By hand: d equal singular values have p = 1/d each, so RankMe d; the 1e-7 adds
// d * 1e-7 * (ln d - 1), relatively.
func TestRankMe(t *testing.T) {
	const d = 32
	orthogonal, alike := matrix.New(d, d), matrix.New(40, d)
	for i := range d {
		orthogonal.Row(i)[i] = 3
	}
	for i := range alike.Rows() {
		for j := range d {
			alike.Row(i)[j] = float32((i + 1) * (j + 1))
		}
	}
	if got := measure(t, orthogonal).RankMe; !near(got, d, 1e-5) {
		t.Errorf("%d orthogonal rows: RankMe is %v", d, got)
	}
	if got := measure(t, alike).RankMe; !near(got, 1, 1e-4) {
		t.Errorf("rank one: RankMe is %v", got)
	}
	// Fewer images than features: 3 singular values, not 32.
	if got := measure(t, orthogonal.Slice(0, 3)).RankMe; !near(got, 3, 1e-5) {
		t.Errorf("3 orthogonal rows: RankMe is %v", got)
	}
	if got := measure(t, matrix.New(5, 4)).RankMe; got != 0 {
		t.Errorf("zeros: RankMe is %v", got)
	}
}

// By hand: a mean of 1000 is most of what the features are, and none of how they
// vary. Equal variances in d directions have a participation ratio of d.
func TestParticipationRatio(t *testing.T) {
	m := of([]float32{1001, 1000, 5}, []float32{999, 1000, 5}, []float32{1000, 1001, 5}, []float32{1000, 999, 5})
	p := measure(t, m)
	if !near(p.ParticipationRatio, 2, 1e-12) || p.DeadUnits != 1 {
		t.Errorf("two directions: participation ratio is %v, %d dead units", p.ParticipationRatio, p.DeadUnits)
	}
	// Singular values 2000 sqrt(2) and two of sqrt(2), nearly.
	if p.RankMe > 1.02 {
		t.Errorf("far from 0: RankMe is %v", p.RankMe)
	}
}

// By hand: antipodes are at the squared distance 4, so that two images have a
// uniformity of ln exp(-8) = -8. Two images at each of two antipodes make 6 pairs, 2
// of them at distance 0.
func TestUniformity(t *testing.T) {
	up, down := []float32{3, 4}, []float32{-0.3, -0.4}
	for name, c := range map[string]struct {
		m                             matrix.Matrix
		uniformity, alignment, cosine float64
	}{
		"antipodes":     {of(up, down), -8, 4, -1},
		"two at each":   {of(up, down, up, down), math.Log((2 + 4*math.Exp(-8)) / 6), 16.0 / 6, -1.0 / 3},
		"identical":     {of(up, up, up), 0, 0, 1},
		"right angle":   {of([]float32{2, 0}, []float32{0, 5}), -4, 2, 0},
		"one of zeros":  {of(up, []float32{0, 0}), -2, 1, 0},
		"both of zeros": {of([]float32{0, 0}, []float32{0, 0}), 0, 0, 0},
	} {
		p := measure(t, c.m)
		if !near(p.Uniformity, c.uniformity, 1e-5) || !near(*p.Alignment, c.alignment, 1e-5) || !near(p.MeanCosine, c.cosine, 1e-5) {
			t.Errorf("%s: uniformity %v, alignment %v, mean cosine %v; want %v, %v, %v",
				name, p.Uniformity, *p.Alignment, p.MeanCosine, c.uniformity, c.alignment, c.cosine)
		}
	}
}

// By hand: classes at 0, 2 and at 10, 12 have means 1 and 11, 5 from the mean of
// all, and deviations of 1. 0.1 in a float32 has no exact mean.
func TestClasses(t *testing.T) {
	torchtest.Pin(t)
	m := of([]float32{0, 0.1}, []float32{2, 0.1}, []float32{10, 0.1}, []float32{12, 0.1})
	p, err := Measure(t.Context(), m, []byte{0, 0, 2, 2}, 3, 0)
	if err != nil || !near(*p.FisherRatio, 25, 1e-12) || p.SamePairs != 2 {
		t.Errorf("%+v (%v)", p, err)
	}
	p, err = Measure(t.Context(), m, []byte{0, 1, 2, 3}, 4, 0)
	if err != nil || p.FisherRatio != nil || p.Alignment != nil {
		t.Errorf("an image each: Fisher ratio %v, alignment %v (%v)", p.FisherRatio, p.Alignment, err)
	}
	third := of([]float32{0.1}, []float32{0.1}, []float32{0.1}, []float32{0.7}, []float32{0.7}, []float32{0.7})
	if p, err = Measure(t.Context(), third, []byte{0, 0, 0, 1, 1, 1}, 2, 0); err != nil || p.FisherRatio != nil {
		t.Errorf("nothing varies within classes: Fisher ratio %v (%v)", p.FisherRatio, err)
	}
}

// The sample must not be the first images: those here are identical, the rest
// differ.
func TestSample(t *testing.T) {
	m := matrixtest.Normal(2*pairImages, 2, 1)
	for i := range pairImages {
		copy(m.Row(i), m.Row(0))
	}
	p := measure(t, m)
	if p.PairImages != pairImages || p.Uniformity > -0.5 {
		t.Errorf("uniformity of %d images is %v", p.PairImages, p.Uniformity)
	}
	if again := measure(t, m); !reflect.DeepEqual(p, again) {
		t.Errorf("measured again: %+v, then %+v", p, again)
	}
	drawn := draw(2*pairImages, 7)
	for i := 1; i < len(drawn); i++ {
		if drawn[i] <= drawn[i-1] {
			t.Fatalf("images %d and %d are drawn in this order", drawn[i-1], drawn[i])
		}
	}
}

// By hand: counts of 4, 1, 0, 0, 0 deviate by 3, 0, -1, -1, -1 from their mean, with
// central moments 12/5 and 24/5. Of 11 images, every one is among the 10 nearest of all
// others.
func TestHubness(t *testing.T) {
	if got, ok := skewness([]int{4, 1, 0, 0, 0}); !ok || !near(got, 4.8/math.Pow(2.4, 1.5), 1e-12) {
		t.Errorf("skewness %v, %v", got, ok)
	}
	if p := measure(t, matrixtest.Normal(11, 3, 1)); p.Hubness != nil {
		t.Errorf("11 images have hubness %v", *p.Hubness)
	}
	// Distances in many dimensions are much alike, and rows near the mean become hubs.
	few, many := measure(t, matrixtest.Normal(2000, 2, 1)).Hubness, measure(t, matrixtest.Normal(2000, 100, 1)).Hubness
	if few == nil || many == nil || *few > 0.5 || *many < 1.5 {
		t.Errorf("hubness of 2 dimensions %v, of 100 %v: want about 0, and high", *few, *many)
	}
}

func TestAlarms(t *testing.T) {
	healthy := matrixtest.Normal(50, 8, 2)
	dead, empty, line, parallel := matrixtest.Normal(50, 8, 3), matrixtest.Normal(50, 8, 4), matrixtest.Normal(50, 8, 5), matrixtest.Normal(50, 8, 6)
	for i := range 50 {
		clear(dead.Row(i)[:5])
		line.Row(i)[0] *= 100
		for j := range 8 {
			parallel.Row(i)[j] += 50
		}
	}
	clear(empty.Row(17))
	for name, c := range map[string]struct {
		m     matrix.Matrix
		alarm string
	}{
		"healthy":  {healthy, ""},
		"dead":     {dead, "dead units: 5 of 8"},
		"empty":    {empty, "all are 0 for 1 of 50"},
		"line":     {line, "dimensional collapse"},
		"parallel": {parallel, "parallel features"},
		"constant": {of([]float32{1, 2}, []float32{1, 2}), "complete collapse"},
	} {
		alarms := measure(t, c.m).Alarms
		if c.alarm == "" && len(alarms) > 0 || c.alarm != "" && (len(alarms) != 1 || !strings.Contains(alarms[0], c.alarm)) {
			t.Errorf("%s: alarms are %q", name, alarms)
		}
	}
}

func TestRefusals(t *testing.T) {
	torchtest.Pin(t)
	two := of([]float32{1, 2}, []float32{3, 4})
	for name, c := range map[string]struct {
		m       matrix.Matrix
		labels  []byte
		message string
	}{
		"labels":   {two, []byte{0}, "2 images with 1 labels"},
		"class":    {two, []byte{0, 3}, "label 3 with 3 classes"},
		"one":      {two.Slice(0, 1), []byte{0}, "1 images"},
		"NaN":      {of([]float32{1, 2}, []float32{3, float32(math.NaN())}), []byte{0, 1}, "feature 1 (from 0) holds NaN"},
		"infinity": {of([]float32{float32(math.Inf(1)), 2}, []float32{3, 4}), []byte{0, 1}, "feature 0 (from 0) holds NaN"},
	} {
		if _, err := Measure(t.Context(), c.m, c.labels, 3, 0); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ended, two, []byte{0, 1}, 2, 0); err != context.Canceled {
		t.Errorf("after ctx ended: %v", err)
	}
}
