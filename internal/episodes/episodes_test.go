package episodes

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aeprobe/internal/matrix"
	"aeprobe/internal/matrix/matrixtest"
)

// labelled are n labels, 0 to classes-1 in turn.
func labelled(n, classes int) []byte {
	labels := make([]byte, n)
	for i := range labels {
		labels[i] = byte(i % classes)
	}
	return labels
}

// By hand: the prototypes are 1 and 15. Of class 4's queries, 3 is nearer to 1 and
// 9 to 15; of class 7's, 8 is as far from both and so goes to the lower class, and
// 14 is nearer to 15.
func TestAccuracy(t *testing.T) {
	features := matrixtest.Rows(t, 1, 0, 2, 3, 9, 10, 20, 8, 14)
	e := episode{{4, []int{0, 1}, []int{2, 3}}, {7, []int{4, 5}, []int{6, 7}}}
	if got := e.accuracy(features); got != 0.5 {
		t.Errorf("accuracy %g, want 0.5", got)
	}
}

// By hand, with base mean (1, 0): supports (2, 0) and (1, 1) become (1, 0) and
// (0, 1), and the query (1.2, 0.25) becomes (0.625, 0.781), nearer to the second.
// Scaled to length 1 first, it is (0.979, 0.204), nearer to (1, 0) than to
// (0.707, 0.707), whatever is subtracted from all of them.
func TestTransform(t *testing.T) {
	features := matrixtest.Rows(t, 2, 2, 0, 1, 1, 2, 0, 1.2, 0.25)
	e := episode{{0, []int{0}, []int{2}}, {1, []int{1}, []int{3}}}
	for transform, want := range map[string]float64{L2: 0.5, CL2N: 1} {
		o := Options{Transform: transform, BaseMean: []float64{1, 0}}
		if got := e.accuracy(o.transform(features)); got != want {
			t.Errorf("%s: accuracy %g, want %g", transform, got, want)
		}
	}
	// Lengths matter only without a transform: (9, 1) is nearer to (8, 8) than to (1, 0).
	features = matrixtest.Rows(t, 2, 1, 0, 8, 8, 9, 1, 8, 8)
	for transform, want := range map[string]float64{None: 0.5, L2: 1} {
		if got := e.accuracy(Options{Transform: transform}.transform(features)); got != want {
			t.Errorf("%s: accuracy %g, want %g", transform, got, want)
		}
	}
}

// By hand: deviations -0.2, 0 and 0.2, so 0.08 / 2 is the variance.
func TestSummarize(t *testing.T) {
	r := summarize([]float64{0.2, 0.4, 0.6})
	if math.Abs(r.Mean-0.4) > 1e-12 || math.Abs(r.Deviation-0.2) > 1e-12 || math.Abs(r.Interval95-1.96*0.2/math.Sqrt(3)) > 1e-12 {
		t.Errorf("got %+v", r)
	}
}

func TestLabelsAsFeatures(t *testing.T) {
	labels := labelled(200, 10)
	features := matrix.New(200, 10)
	for i, label := range labels {
		features.Row(i)[label] = 1
	}
	for _, transform := range []string{None, L2, CL2N} {
		r, err := Run(t.Context(), features, labels, Options{Ways: 10, Shots: 1, Queries: 15, Episodes: 20, Transform: transform, BaseMean: features.Means()})
		if err != nil {
			t.Fatal(err)
		}
		if r.Mean != 1 || r.Deviation != 0 || r.Interval95 != 0 {
			t.Errorf("%s: %+v, want accuracy 1", transform, r)
		}
	}
}

// A query of 1 in N is right by chance. 400 episodes of 75 queries have a standard
// error of about 0.003; and features that are all equal are right exactly once in N.
func TestChance(t *testing.T) {
	o := Options{Ways: 5, Shots: 5, Queries: 15, Episodes: 400, Transform: None}
	labels := labelled(2000, 10)
	r, err := Run(t.Context(), matrixtest.Normal(2000, 8, 5), labels, o)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.Mean-0.2) > 0.015 || r.Interval95 <= 0 {
		t.Errorf("%g +- %g for noise, want about 0.2", r.Mean, r.Interval95)
	}
	r, err = Run(t.Context(), matrix.New(2000, 8), labels, o)
	if err != nil || math.Abs(r.Mean-0.2) > 1e-12 || r.Deviation > 1e-12 {
		t.Errorf("%+v for equal features, want 0.2 exactly (%v)", r, err)
	}
}

func TestDraw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := labelled(rapid.IntRange(60, 90).Draw(t, "images"), 6)
		o := Options{
			Classes: rapid.SampledFrom([][]byte{nil, {5, 1, 2}, {0, 1, 3, 4}}).Draw(t, "classes"),
			Ways:    rapid.IntRange(2, 3).Draw(t, "ways"), Shots: rapid.IntRange(1, 5).Draw(t, "shots"),
			Queries: rapid.IntRange(1, 5).Draw(t, "queries"), Episodes: 2, Transform: None,
			Seed: rapid.Uint64().Draw(t, "seed"),
		}
		d, err := newDrawer(matrix.New(len(labels), 1), labels, o)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			e := d.draw()
			used := map[int]bool{}
			for i, w := range e {
				if i > 0 && w.class <= e[i-1].class {
					t.Errorf("classes do not rise: %v", e)
				}
				if o.Classes != nil && !slices.Contains(o.Classes, w.class) {
					t.Errorf("class %d is not allowed", w.class)
				}
				if len(w.supports) != o.Shots || len(w.queries) != o.Queries {
					t.Errorf("%d supports and %d queries, want %d and %d", len(w.supports), len(w.queries), o.Shots, o.Queries)
				}
				for _, image := range slices.Concat(w.supports, w.queries) {
					if labels[image] != w.class || used[image] {
						t.Errorf("image %d of class %d is of class %d, or is drawn twice", image, w.class, labels[image])
					}
					used[image] = true
				}
			}
			if len(e) != o.Ways {
				t.Errorf("%d ways, want %d", len(e), o.Ways)
			}
		}
	})
}

// Every image is as likely as another to be a query: 6,000 queries of 60 images
// are 100 each, with a standard deviation below 10.
func TestDrawIsUniform(t *testing.T) {
	labels := labelled(60, 3)
	d, err := newDrawer(matrix.New(60, 1), labels, Options{Ways: 2, Shots: 1, Queries: 3, Episodes: 2, Transform: None})
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, 60)
	for range 1000 {
		for _, w := range d.draw() {
			for _, image := range w.queries {
				counts[image]++
			}
		}
	}
	for image, n := range counts {
		if n < 50 || n > 150 {
			t.Errorf("image %d is a query %d times, expected about 100", image, n)
		}
	}
}

// The lists of episodes are the same for every encoder, and longer ones begin with
// the shorter. The hash is our own of an earlier run: a change of the lists would
// make finished results incomparable.
func TestSameEpisodes(t *testing.T) {
	labels := labelled(100, 5)
	o := Options{Ways: 3, Shots: 2, Queries: 4, Episodes: 20, Transform: None, Seed: 87}
	run := func(features matrix.Matrix, o Options) *Result {
		t.Helper()
		r, err := Run(t.Context(), features, labels, o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	all := run(matrixtest.Normal(100, 3, 5), o)
	if again := run(matrixtest.Normal(100, 3, 5), o); again.Hash != all.Hash || !slices.Equal(again.Accuracies, all.Accuracies) {
		t.Error("the same options do not give the same result")
	}
	if other := run(matrixtest.Normal(100, 7, 5), o); other.Hash != all.Hash || slices.Equal(other.Accuracies, all.Accuracies) {
		t.Error("other features have other episodes, or the same accuracies")
	}
	if want := "8a03dd23180dfecb0347ea9305cb4c731f7997745e730976118e4664b14cfa0e"; all.Hash != want {
		t.Errorf("hash %s, want %s", all.Hash, want)
	}
	given := o
	given.Classes = []byte{4, 3, 2, 1, 0}
	if run(matrixtest.Normal(100, 3, 5), given).Hash != all.Hash {
		t.Error("the order in which classes are named matters")
	}
	fewer, seed := o, o
	fewer.Episodes, seed.Seed = 8, 88
	if short := run(matrixtest.Normal(100, 3, 5), fewer); !slices.Equal(short.Accuracies, all.Accuracies[:8]) || short.Hash == all.Hash {
		t.Error("8 episodes are not the first of 20, or have the same hash")
	}
	if run(matrixtest.Normal(100, 3, 5), seed).Hash == all.Hash {
		t.Error("another seed has the same episodes")
	}
}

func TestRefused(t *testing.T) {
	good := Options{Ways: 2, Shots: 1, Queries: 2, Episodes: 2, Transform: None}
	features, labels := matrix.New(9, 2), labelled(9, 3)
	broken := matrix.New(9, 2)
	broken.Values[7] = float32(math.NaN())
	for want, c := range map[string]struct {
		features matrix.Matrix
		change   func(*Options)
	}{
		"1 ways":                     {features, func(o *Options) { o.Ways = 1 }},
		"0 shots":                    {features, func(o *Options) { o.Shots = 0 }},
		"0 queries":                  {features, func(o *Options) { o.Queries = 0 }},
		"1 episodes":                 {features, func(o *Options) { o.Episodes = 1 }},
		"lower the ways to 3":        {features, func(o *Options) { o.Ways = 4 }},
		"3 ways of 2":                {features, func(o *Options) { o.Ways, o.Classes = 3, []byte{0, 1} }},
		"class 0 has 3 images":       {features, func(o *Options) { o.Shots = 2 }},
		"class 9 has 0 images":       {features, func(o *Options) { o.Classes = []byte{0, 1, 9} }},
		"class 1 is allowed twice":   {features, func(o *Options) { o.Classes = []byte{1, 0, 1} }},
		"unknown transform":          {features, func(o *Options) { o.Transform = "CL2N" }},
		"base mean of all 2":         {features, func(o *Options) { o.Transform = CL2N }},
		"of the base mean is NaN":    {features, func(o *Options) { o.Transform, o.BaseMean = CL2N, []float64{0, math.NaN()} }},
		"feature 1 of image 3":       {broken, func(*Options) {}},
		"9 labels for features of 8": {matrix.New(8, 2), func(*Options) {}},
	} {
		o := good
		c.change(&o)
		if _, err := Run(t.Context(), c.features, labels, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if _, err := Run(t.Context(), features, labels, good); err != nil {
		t.Errorf("the good options: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ended, features, labels, good); !errors.Is(err, context.Canceled) {
		t.Errorf("after ctx ended: %v", err)
	}
}

func BenchmarkRun(b *testing.B) {
	features, labels := matrixtest.Normal(10000, 768, 5), labelled(10000, 10)
	for b.Loop() {
		if _, err := Run(b.Context(), features, labels, Options{Ways: 10, Shots: 5, Queries: 15, Episodes: 100, Transform: None}); err != nil {
			b.Fatal(err)
		}
	}
}
