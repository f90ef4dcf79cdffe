package labels

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// cyclic labels are 0, 1, ..., classes - 1, 0, 1, ...
func cyclic(images, classes int) []byte {
	labels := make([]byte, images)
	for i := range labels {
		labels[i] = byte(i % classes)
	}
	return labels
}

func TestNested(t *testing.T) {
	labels := cyclic(500, 10)
	sizes := []int{1, 5, 10, 50}
	subsets, err := Nested(labels, 10, sizes, 1)
	if err != nil || len(subsets) != len(sizes) {
		t.Fatalf("%d subsets (%v)", len(subsets), err)
	}
	for s, subset := range subsets {
		var counts [10]int
		for _, image := range subset {
			counts[labels[image]]++
		}
		for class, count := range counts {
			if count != sizes[s] {
				t.Errorf("subset %d has %d images of class %d, want %d", s, count, class, sizes[s])
			}
		}
		if !slices.IsSorted(subset) || len(slices.Compact(slices.Clone(subset))) != len(subset) {
			t.Errorf("subset %d is %v: not ascending", s, subset)
		}
		if s > 0 {
			for _, image := range subsets[s-1] {
				if !slices.Contains(subset, image) {
					t.Errorf("subset %d lacks image %d of the one before", s, image)
				}
			}
		}
	}
	again, _ := Nested(labels, 10, sizes, 1)
	if !reflect.DeepEqual(again, subsets) {
		t.Error("the same seed chooses otherwise")
	}
	alone, _ := Nested(labels, 10, []int{5}, 1)
	if !slices.Equal(alone[0], subsets[1]) {
		t.Error("5 per class depend on what else is asked for")
	}
	other, _ := Nested(labels, 10, sizes, 2)
	if slices.Equal(other[2], subsets[2]) {
		t.Error("another seed chooses the same 100 of 500 images")
	}
}

// Every image is as likely to be chosen: over 2,000 seeds, one of ten images per
// class is chosen 200 times, with a deviation of 13.4.
func TestNestedIsUniform(t *testing.T) {
	labels := cyclic(20, 2)
	var chosen [20]int
	for seed := range uint64(2000) {
		subsets, err := Nested(labels, 2, []int{1}, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, image := range subsets[0] {
			chosen[image]++
		}
	}
	for image, times := range chosen {
		if times < 130 || times > 270 {
			t.Errorf("image %d is chosen %d times of 2,000, want about 200", image, times)
		}
	}
}

func TestNestedRefuses(t *testing.T) {
	labels := []byte{0, 0, 0, 1, 1, 2, 2, 2}
	for want, err := range map[string]error{
		"class 1 has 2 images, but 3 per class": refusal(labels, 3, 1, 3),
		"ask for 2 or fewer":                    refusal(labels, 3, 3),
		"class 3 has 0 images":                  refusal(labels, 4, 1),
		"2 images per class follow 2":           refusal(labels, 3, 2, 2),
		"0 images per class":                    refusal(labels, 3, 0),
		"image 5 has label 2":                   refusal(labels, 2, 1),
		"0 classes":                             refusal(nil, 0, 1),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}

func refusal(labels []byte, classes int, perClass ...int) error {
	_, err := Nested(labels, classes, perClass, 1)
	return err
}

func TestStratifiedSplit(t *testing.T) {
	// 40 images of class 0, 14 of 1, 3 of 2, one of 5: a tenth is 4, 1, one at
	// least, and none.
	labels := slices.Concat(make([]byte, 40), slices.Repeat([]byte{1}, 14), []byte{2, 2, 2, 5})
	fit, held := StratifiedSplit(labels, 0.1, 1)
	var counts [6]int
	for _, image := range held {
		counts[labels[image]]++
	}
	if counts != [6]int{4, 1, 1, 0, 0, 0} {
		t.Errorf("held out by class: %v, want 4, 1, 1 and none of class 5", counts)
	}
	all := slices.Concat(fit, held)
	slices.Sort(all)
	for i := range labels {
		if i >= len(all) || all[i] != i {
			t.Fatalf("fit %v and held %v are not all images once", fit, held)
		}
	}
	if _, other := StratifiedSplit(labels, 0.1, 2); slices.Equal(held, other) {
		if _, third := StratifiedSplit(labels, 0.1, 3); slices.Equal(held, third) {
			t.Error("three seeds hold out the same images")
		}
	}
	if fit, held := StratifiedSplit([]byte{1, 1, 1}, 0.99, 1); len(fit) != 1 || len(held) != 2 {
		t.Errorf("of three images %v are fitted and %v held out, want 1 and 2", fit, held)
	}
}

func TestStratifiedFolds(t *testing.T) {
	labels := slices.Concat(make([]byte, 23), slices.Repeat([]byte{1}, 11), slices.Repeat([]byte{3}, 4))
	folds := StratifiedFolds(labels, 5, 1)
	var all []int
	for f, fold := range folds {
		var counts [4]int
		for _, image := range fold {
			counts[labels[image]]++
		}
		// 23, 11 and 4 images over 5 folds, 38 in all.
		if counts[0] < 4 || counts[0] > 5 || counts[1] < 2 || counts[1] > 3 || counts[3] > 1 || len(fold) < 7 || len(fold) > 8 {
			t.Errorf("fold %d has %v", f, counts)
		}
		if !slices.IsSorted(fold) {
			t.Errorf("fold %d is %v: not ascending", f, fold)
		}
		all = append(all, fold...)
	}
	slices.Sort(all)
	if len(folds) != 5 || len(all) != len(labels) || len(slices.Compact(all)) != len(labels) {
		t.Errorf("%d folds hold %v", len(folds), all)
	}
}

// The digest is sha256sum's of the numbers 1, 7 and 0 as 64-bit words.
func TestHash(t *testing.T) {
	const want = "9fb4ffb203c72222dc69c0568007db606c065d7fbe7059837c5b99729532a689"
	if got := Hash([][]int{{7}, {}}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if Hash([][]int{{1, 2}, {3}}) == Hash([][]int{{1}, {2, 3}}) {
		t.Error("lists that are cut otherwise have the same hash")
	}
}
