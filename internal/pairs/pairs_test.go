package pairs

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// labelled are n labels, 0 to classes-1 in turn.
func labelled(n, classes int) []byte {
	labels := make([]byte, n)
	for i := range labels {
		labels[i] = byte(i % classes)
	}
	return labels
}

func TestDraw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfN(rapid.ByteRange(0, 4), 150, 250).Draw(t, "labels")
		for i := range 100 {
			labels[i] = byte(i % 5)
		}
		o := Options{
			Classes: rapid.SampledFrom([][]byte{{0, 1, 2, 3, 4}, {3, 1}, {4, 0, 2}}).Draw(t, "classes"),
			Folds:   rapid.IntRange(2, 8).Draw(t, "folds"),
			PerFold: rapid.IntRange(1, 400).Draw(t, "per fold"),
			Seed:    rapid.Uint64().Draw(t, "seed"),
		}
		if len(o.Classes) < 5 && rapid.Bool().Draw(t, "with others") {
			o.Others = slices.DeleteFunc([]byte{0, 1, 2, 3, 4}, func(c byte) bool { return slices.Contains(o.Classes, c) })
		}
		s, err := Draw(labels, o)
		if err != nil {
			t.Fatal(err)
		}
		n := len(s.Folds[0]) / 2
		if len(s.Folds) != o.Folds || n < 1 || n > o.PerFold {
			t.Errorf("%d folds of %d pairs of each kind, asked for %d of at most %d", len(s.Folds), n, o.Folds, o.PerFold)
		}
		foldOf, seen := map[int]int{}, map[[2]int]bool{}
		for f, pairs := range s.Folds {
			if len(pairs) != 2*n {
				t.Errorf("fold %d has %d pairs, fold 0 %d", f, len(pairs), 2*n)
			}
			for i, p := range pairs {
				a, b := labels[p.A], labels[p.B]
				if p.A == p.B || p.Same != (a == b) || p.Same != (i < n) {
					t.Errorf("pair %d of %v is of classes %d and %d", i, p, a, b)
				}
				second := o.Classes
				if !p.Same && o.Others != nil {
					second = o.Others
				}
				if !slices.Contains(o.Classes, a) || !slices.Contains(second, b) {
					t.Errorf("%v is of classes %d and %d, which may not be paired", p, a, b)
				}
				for _, image := range []int{p.A, p.B} {
					if other, has := foldOf[image]; has && other != f {
						t.Errorf("image %d is in folds %d and %d", image, other, f)
					}
					foldOf[image] = f
				}
				key := [2]int{min(p.A, p.B), max(p.A, p.B)}
				if seen[key] {
					t.Errorf("%v is drawn twice", p)
				}
				seen[key] = true
			}
		}
	})
}

// By hand: 12 images of 2 classes in 2 folds are 3 of each class in a fold, which
// have 2 x 3 pairs of one class and 9 of two.
func TestDrawsAllThatImagesAllow(t *testing.T) {
	s, err := Draw(labelled(12, 2), Options{Classes: []byte{0, 1}, Folds: 2, PerFold: 1000})
	if err != nil || len(s.Folds[0]) != 12 || len(s.Folds[1]) != 12 {
		t.Fatalf("%+v, want two folds of 6 + 6 (%v)", s, err)
	}
	if s, err = Draw(labelled(12, 2), Options{Classes: []byte{0, 1}, Folds: 2, PerFold: 4}); err != nil || len(s.Folds[0]) != 8 {
		t.Errorf("%+v, want folds of 4 + 4 (%v)", s, err)
	}
}

// LFW's size, from 2 classes of CIFAR-10's test images.
func TestDrawLikeLFW(t *testing.T) {
	labels := labelled(10000, 10)
	o := Options{Classes: []byte{3, 5}, Folds: 10, PerFold: 300, Seed: 87}
	s, err := Draw(labels, o)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[int]int{}
	for _, pairs := range s.Folds {
		if len(pairs) != 600 {
			t.Errorf("a fold has %d pairs, want 600", len(pairs))
		}
		for _, p := range pairs {
			counts[p.A]++
			counts[p.B]++
		}
	}
	// 12,000 places for 2,000 images: 6 each on average, and hardly one is left out.
	if most := slices.Max(slices.Collect(maps.Values(counts))); len(counts) < 1950 || most > 25 {
		t.Errorf("%d images are in pairs, one of them %d times", len(counts), most)
	}
	// Pairs of one class are the same when they are compared with other pairs.
	o.Others = []byte{0, 1, 2, 4, 6, 7, 8, 9}
	against, err := Draw(labels, o)
	if err != nil {
		t.Fatal(err)
	}
	for f, pairs := range against.Folds {
		if !slices.Equal(pairs[:300], s.Folds[f][:300]) {
			t.Errorf("fold %d has other pairs of one class", f)
		}
	}
	if against.Hash == s.Hash {
		t.Error("different pairs have the same hash")
	}
}

// The hash is our own of an earlier run: a change of the pairs would make finished
// results incomparable.
func TestSamePairs(t *testing.T) {
	o := Options{Classes: []byte{0, 2, 3}, Folds: 3, PerFold: 7, Seed: 87}
	draw := func(o Options) string {
		t.Helper()
		s, err := Draw(labelled(100, 5), o)
		if err != nil {
			t.Fatal(err)
		}
		return s.Hash
	}
	want := "c525f4288148b9d79f102bb08f21b51422c80a7ea6d05ba586e561170c18b299"
	if got := draw(o); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
	reordered, seed := o, o
	reordered.Classes, seed.Seed = []byte{3, 0, 2}, 88
	if draw(reordered) != draw(o) {
		t.Error("the order in which classes are named matters")
	}
	if draw(seed) == draw(o) {
		t.Error("another seed has the same pairs")
	}
}

func TestDrawRefuses(t *testing.T) {
	labels := labelled(30, 3)
	for want, o := range map[string]Options{
		"1 folds":                {Classes: []byte{0, 1}, Folds: 1, PerFold: 1},
		"0 pairs":                {Classes: []byte{0, 1}, Folds: 2},
		"no class":               {Folds: 2, PerFold: 1},
		"class 1 alone":          {Classes: []byte{1}, Folds: 2, PerFold: 1},
		"class 1 is named twice": {Classes: []byte{0, 1}, Others: []byte{1}, Folds: 2, PerFold: 1},
		"class 7 has no images":  {Classes: []byte{0, 7}, Folds: 2, PerFold: 1},
		"use fewer folds":        {Classes: []byte{0, 1}, Folds: 6, PerFold: 1},
	} {
		if _, err := Draw(labels, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if _, err := Draw(labels, Options{Classes: []byte{0}, Others: []byte{2}, Folds: 5, PerFold: 9}); err != nil {
		t.Errorf("one class against another: %v", err)
	}
}
