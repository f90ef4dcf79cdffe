package logistic

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/labels"
	"aeprobe/internal/matrix"
	"aeprobe/internal/torch/torchtest"
)

// Every choice is what fits of its C on the other folds make of the held images.
func TestChoose(t *testing.T) {
	torchtest.Pin(t)
	features, classOf := generate(150, 12, []int{0, 1, 3}, 1)
	grid := []float64{1e-4, 1e-2, 1}
	c, path, err := Choose(t.Context(), features, classOf, 4, grid, Accuracy, 7)
	if err != nil || len(path) != len(grid) {
		t.Fatalf("%d choices (%v)", len(path), err)
	}
	best := path[0]
	for i, choice := range path {
		var right, bits float64
		for _, held := range labels.StratifiedFolds(classOf, folds, 7) {
			rest := without(150, held)
			if len(rest)+len(held) != 150 {
				t.Fatalf("%d images are fitted and %d held out", len(rest), len(held))
			}
			model := fit(t, newProblem(t, features.Select(rest), matrix.Select(classOf, rest), 4), grid[i], nil)
			predicted, err := model.Predict(t.Context(), features.Select(held))
			if err != nil {
				t.Fatal(err)
			}
			lengths, err := model.CodeLengths(t.Context(), features.Select(held), matrix.Select(classOf, held))
			if err != nil {
				t.Fatal(err)
			}
			for at, image := range held {
				bits += lengths[at]
				if predicted[at] == classOf[image] {
					right++
				}
			}
		}
		// Another start ends within the tolerance: about 1e-3 of a logit, which
		// may turn one prediction.
		if math.Abs(choice.Accuracy-100*right/150) > 100./150+1e-9 || math.Abs(choice.Bits-bits/150) > 5e-3 {
			t.Errorf("C %g: accuracy %v and %v bits, from fits of its own %v and %v",
				grid[i], choice.Accuracy, choice.Bits, 100*right/150, bits/150)
		}
		if choice.C != grid[i] || !choice.Converged || choice.GradientNorm > choiceTolerance {
			t.Errorf("%+v", choice)
		}
		if choice.Accuracy > best.Accuracy {
			best = choice
		}
	}
	if c != best.C {
		t.Errorf("C is %g, but %g does best: %+v", c, best.C, path)
	}
	if again, other, err := Choose(t.Context(), features, classOf, 4, grid, Accuracy, 7); again != c || !reflect.DeepEqual(path, other) || err != nil {
		t.Errorf("the same seed chooses otherwise (%v)", err)
	}
}

// Features that separate the classes do equally well for every C: the smallest
// is chosen by accuracy, and the largest by bits. Of 5,000 images, one tenth is
// held out, and all choices are of its 500.
func TestChooseTies(t *testing.T) {
	torchtest.Pin(t)
	features, classOf := oneHot(5000, 4)
	for by, want := range map[Criterion]float64{Accuracy: 1e-4, Bits: 10} {
		c, path, err := Choose(t.Context(), features, classOf, 4, []float64{1e-4, 1e-2, 10}, by, 1)
		if err != nil || c != want {
			t.Errorf("by %s C is %g (%v), want %g: %+v", by, c, err, want, path)
		}
	}
	classOf[17] = (classOf[17] + 1) % 4
	seen := make(map[float64]bool)
	for seed := range uint64(40) {
		_, path, err := Choose(t.Context(), features, classOf, 4, []float64{1}, Accuracy, seed)
		if err != nil {
			t.Fatal(err)
		}
		seen[math.Round(path[0].Accuracy*1000)/1000] = true
	}
	if len(seen) != 2 || !seen[100] || !seen[99.8] {
		t.Errorf("one wrong label is in the held tenth or is not: accuracies %v, want 100 and 99.8", seen)
	}
}

// oneHot features tell the labels 0, 1, ..., classes - 1, 0, 1, ...
func oneHot(images, classes int) (matrix.Matrix, []byte) {
	features, classOf := matrix.New(images, classes), make([]byte, images)
	for i := range classOf {
		classOf[i] = byte(i % classes)
		features.Row(i)[classOf[i]] = 1
	}
	return features, classOf
}

// Features that have nothing to do with the labels: bits choose the smallest C,
// by which every class is about as likely.
func TestChooseOfNoise(t *testing.T) {
	torchtest.Pin(t)
	features, classOf := generate(100, 40, ten, 1)
	random := rand.New(rand.NewPCG(5, 6))
	random.Shuffle(len(classOf), func(i, j int) { classOf[i], classOf[j] = classOf[j], classOf[i] })
	c, path, err := Choose(t.Context(), features, classOf, 10, Grid(), Bits, 1)
	if err != nil || c > 1e-3 {
		t.Errorf("C is %g (%v): %+v", c, err, path)
	}
	if best := slices.IndexFunc(path, func(p Choice) bool { return p.C == c }); len(path) != best+1+patience {
		t.Errorf("%d values were tried, %g is number %d", len(path), c, best)
	}
}

// Small values of C make the same weights but for their length, and so the same
// predictions. That does not end the search among few images: a larger C does
// better for these classes, which noise hides that their features share.
func TestChooseOfFew(t *testing.T) {
	torchtest.Pin(t)
	features, classOf := hidden(60)
	c, path, err := Choose(t.Context(), features, classOf, 2, []float64{1e-7, 1e-6, 1e-5, 1, 10}, Accuracy, 1)
	if err != nil || c != 10 {
		t.Fatalf("C is %g (%v): %+v", c, err, path)
	}
	if path[0].Accuracy != path[1].Accuracy || path[0].Accuracy != path[2].Accuracy || path[0].Accuracy > 75 || path[4].Accuracy != 100 {
		t.Errorf("the first three should do equally badly, and the last well: %+v", path)
	}
}

// hidden features tell two classes by their difference, while each alone is
// mostly noise that both have.
func hidden(images int) (matrix.Matrix, []byte) {
	features, classOf := matrix.New(images, 2), make([]byte, images)
	for i := range classOf {
		classOf[i] = byte(i % 2)
		shared := float32(noise(1, i, 0))
		copy(features.Row(i), []float32{shared, shared + 16*float32(classOf[i])})
	}
	return features, classOf
}

func TestTooFewToChoose(t *testing.T) {
	torchtest.Pin(t)
	features, classOf := generate(9, 4, []int{0}, 1)
	copy(classOf, []byte{0, 1, 2, 0, 1, 2, 0, 1, 0}) // class 2 has two images
	model, path, err := Train(t.Context(), features, classOf, 5, Accuracy, 1)
	if err != nil || model.C != 1 || path != nil {
		t.Errorf("C is %v after choices %v (%v), want 1 after none", model.C, path, err)
	}
	classOf[8] = 2
	_, path, err = Train(t.Context(), features, classOf, 5, Accuracy, 1)
	if err != nil || len(path) != len(Grid()) {
		t.Errorf("of three images per class: %v (%v)", path, err)
	}
	if c, path, err := Choose(t.Context(), features.Slice(0, 1), classOf[:1], 5, Grid(), Bits, 1); c != 1 || path != nil || err != nil {
		t.Errorf("of one image: %g, %v (%v)", c, path, err)
	}
	for want, grid := range map[string][]float64{"no values": nil, "0 after 0": {0}, "1 after 2": {2, 1}} {
		if _, _, err := Choose(t.Context(), features, classOf, 5, grid, Accuracy, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("grid %v: %v", grid, err)
		}
	}
}
