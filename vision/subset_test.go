package vision

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch/ts"
	"pgregory.net/rapid"

	"aeprobe/internal/torch"
	"aeprobe/internal/torch/torchtest"
)

// Both are Images.
var _ = []Images{(*Resident)(nil), (*Subset)(nil)}

// residentOf are n images of [2, 1, 3], image i with label i%10 but every 7th
// without one.
func residentOf(t *testing.T, n int) (Split, *Resident) {
	t.Helper()
	split := newSplit(n, 6)
	for i := range split.Pixels {
		split.Pixels[i] = byte(i % 251)
	}
	for i := range split.Labels {
		if split.Labels[i] = byte(i % 10); i%7 == 6 {
			split.Labels[i] = NoLabel
		}
	}
	r, err := NewResident(split, [3]int{2, 1, 3}, torch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Drop)
	return split, r
}

func subsetOf(t *testing.T, all Images, picked ...int) *Subset {
	t.Helper()
	s, err := NewSubset(all, picked, torch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fatal is what tests and property tests can both do.
type fatal interface{ Fatal(args ...any) }

// read takes all of some images, by an index of its own order.
func read(t fatal, images Images, order []int) (pixels []float32, labels []int64) {
	index, err := indexOn(torch.CPU, order)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(index)
	return slice[float32](t, images.Images, index), slice[int64](t, images.Labels, index)
}

func slice[T torch.Element](t fatal, pick func(*ts.Tensor) (*ts.Tensor, error), index *ts.Tensor) []T {
	tensor, err := pick(index)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(tensor)
	values, err := torch.ToSlice[T](tensor)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// wanted is what read should give for these images of a split.
func wanted(split Split, images []int) (pixels []float32, labels []int64) {
	for _, i := range images {
		for _, p := range split.Image(i) {
			pixels = append(pixels, float32(p)/255)
		}
		label := int64(split.Labels[i])
		if split.Labels[i] == NoLabel {
			label = -1
		}
		labels = append(labels, label)
	}
	return pixels, labels
}

// TestSubset picks from a subset of a subset, in any order, with repetitions.
func TestSubset(t *testing.T) {
	const n = 300
	split, all := residentOf(t, n)
	rapid.Check(t, func(t *rapid.T) {
		outerPicked := rapid.SliceOfN(rapid.IntRange(0, n-1), 1, 40).Draw(t, "outer")
		innerPicked := rapid.SliceOfN(rapid.IntRange(0, len(outerPicked)-1), 1, 40).Draw(t, "inner")
		order := rapid.SliceOfN(rapid.IntRange(0, len(innerPicked)-1), 1, 20).Draw(t, "order")
		outer, err := NewSubset(all, outerPicked, torch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		inner, err := NewSubset(outer, innerPicked, torch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		defer inner.Drop()
		if outer.Len() != len(outerPicked) || inner.Len() != len(innerPicked) {
			t.Fatalf("%d and %d images, want %d and %d", outer.Len(), inner.Len(), len(outerPicked), len(innerPicked))
		}
		outer.Drop() // the inner one does not need it
		var images []int
		for _, k := range order {
			images = append(images, outerPicked[innerPicked[k]])
		}
		gotPixels, gotLabels := read(t, inner, order)
		wantPixels, wantLabels := wanted(split, images)
		if !slices.Equal(gotPixels, wantPixels) || !slices.Equal(gotLabels, wantLabels) {
			t.Errorf("images %v: labels %v, want %v, or the pixels differ", images, gotLabels, wantLabels)
		}
	})
}

// TestSubsetRelabel leaves classes out, and then more of them.
func TestSubsetRelabel(t *testing.T) {
	split, all := residentOf(t, 300)
	seen := OfClasses(split.Labels, 7, 2, 3, 9)
	four := subsetOf(t, all, seen...)
	defer four.Drop()
	if err := four.Relabel(7, 2, 3, 9); err != nil {
		t.Fatal(err)
	}
	everything := func(n int) (order []int) {
		for i := range n {
			order = append(order, i)
		}
		return order
	}
	_, labels := read(t, four, everything(len(seen)))
	for i, l := range labels {
		if want := []int{7, 2, 3, 9}[l]; want != int(split.Labels[seen[i]]) {
			t.Errorf("image %d of class %d has label %d", seen[i], split.Labels[seen[i]], l)
		}
	}
	// Of these, the two with the new labels 1 and 3: 2 and 9.
	var two []int
	for i, l := range labels {
		if l == 1 || l == 3 {
			two = append(two, i)
		}
	}
	pair := subsetOf(t, four, two...)
	defer pair.Drop()
	if err := pair.Relabel(1, 3); err != nil {
		t.Fatal(err)
	}
	pixels, labels := read(t, pair, everything(len(two)))
	var images []int
	for _, k := range two {
		images = append(images, seen[k])
	}
	if want, _ := wanted(split, images); !slices.Equal(pixels, want) {
		t.Error("the pixels differ")
	}
	for i, l := range labels {
		if want := int64(slices.Index([]byte{2, 9}, split.Labels[images[i]])); l != want {
			t.Errorf("image %d has label %d, want %d", images[i], l, want)
		}
	}

	// What cannot be relabelled stays as it is.
	err := pair.Relabel(1)
	wantError(t, err, "has class 0, which is not one of [1]")
	wantError(t, pair.Relabel(1, 1), "class 1 is listed twice")
	if _, after := read(t, pair, everything(len(two))); !slices.Equal(after, labels) {
		t.Error("a failed Relabel changed the labels")
	}
}

func TestSubsetRefuses(t *testing.T) {
	_, all := residentOf(t, 20)
	for _, c := range []struct {
		picked []int
		want   string
	}{
		{nil, "no images"},
		{[]int{3, 20}, "cannot have image 20: there are 20\npick from 0 to 19"},
		{[]int{-1}, "cannot have image -1"},
	} {
		_, err := NewSubset(all, c.picked, torch.CPU)
		wantError(t, err, c.want)
	}
	torchtest.Pin(t)
	s := subsetOf(t, all, 5)
	defer s.Drop()
	_, err := NewSubset(s, []int{1}, torch.CPU)
	wantError(t, err, "cannot have image 1: there are 1")
	index, err := indexOn(torch.CPU, []int{1})
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(index)
	if _, err := s.Images(index); err == nil {
		t.Error("an image outside the subset was picked")
	}
	if _, err := s.Labels(index); err == nil {
		t.Error("a label outside the subset was picked")
	}
}

// TestPerClass has classes of unequal sizes, and images without a label.
func TestPerClass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 3, 4, 9, NoLabel}), 1, 200).Draw(t, "labels")
		seed := rapid.Uint64().Draw(t, "seed")
		count := map[byte]int{}
		for _, l := range labels {
			count[l]++
		}
		delete(count, NoLabel)
		fewest := len(labels)
		for _, n := range count {
			fewest = min(fewest, n)
		}
		if len(count) == 0 {
			return
		}
		var before []int
		for n := 1; n <= fewest; n++ {
			picked, err := PerClass(labels, n, seed)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.IsSorted(picked) || len(slices.Compact(slices.Clone(picked))) != n*len(count) {
				t.Fatalf("%d per class of %d classes: %v", n, len(count), picked)
			}
			of := map[byte]int{}
			for _, i := range picked {
				of[labels[i]]++
			}
			for class := range count {
				if of[class] != n {
					t.Fatalf("%d images of class %d, want %d", of[class], class, n)
				}
			}
			for _, i := range before {
				if !slices.Contains(picked, i) {
					t.Fatalf("image %d was among %d per class and is not among %d", i, n-1, n)
				}
			}
			before = picked
			if rest := Without(len(labels), picked); len(rest)+len(picked) != len(labels) ||
				slices.ContainsFunc(rest, func(i int) bool { return slices.Contains(picked, i) }) {
				t.Fatalf("%v and %v are not all %d images once", picked, rest, len(labels))
			}
		}
		_, err := PerClass(labels, fewest+1, seed)
		if err == nil {
			t.Fatalf("%d images of a class that has %d", fewest+1, fewest)
		}
	})
}

// TestPerClassIsFixed: choices are written into results, and have to be the
// same on every machine and in every version.
func TestPerClassIsFixed(t *testing.T) {
	var labels []byte
	for i := range 100 {
		labels = append(labels, byte(i%5))
	}
	got := map[uint64][]int{}
	for _, seed := range []uint64{1, 2} {
		var err error
		if got[seed], err = PerClass(labels, 2, seed); err != nil {
			t.Fatal(err)
		}
	}
	want := map[uint64][]int{
		1: {1, 5, 34, 47, 54, 55, 66, 83, 92, 93},
		2: {7, 9, 16, 19, 33, 45, 60, 92, 93, 96},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Class 3's do not depend on the other classes.
	some, err := PerClass([]byte(labels), 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	only := make([]byte, len(labels))
	for i, l := range labels {
		if only[i] = NoLabel; l == 3 {
			only[i] = 3
		}
	}
	alone, err := PerClass(only, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if with := slices.DeleteFunc(some, func(i int) bool { return labels[i] != 3 }); !slices.Equal(with, alone) {
		t.Errorf("images %v of class 3 with others, %v without", with, alone)
	}
	_, err = PerClass(labels, 0, 1)
	wantError(t, err, "cannot pick 0", "\nask for 1")
	_, err = PerClass(labels, 21, 1)
	wantError(t, err, "21 images of class 0: it has 20", "\nask for fewer")
}

func TestOfClasses(t *testing.T) {
	labels := []byte{3, 1, NoLabel, 3, 0, 1}
	if got := OfClasses(labels, 1, 0); !slices.Equal(got, []int{1, 4, 5}) {
		t.Errorf("%v", got)
	}
	if got := OfClasses(labels, NoLabel); got != nil {
		t.Errorf("%v have no class", got)
	}
}
