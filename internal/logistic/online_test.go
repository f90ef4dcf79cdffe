package logistic

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"aeprobe/internal/labels"
	"aeprobe/internal/matrix"
	"aeprobe/internal/torch/torchtest"
)

func describe(t *testing.T, features matrix.Matrix, classOf []byte, classes int) labels.Description {
	t.Helper()
	blocks, err := Online(t.Context(), features, classOf, classes, 1)
	if err != nil {
		t.Fatal(err)
	}
	d, err := labels.Describe(blocks, classes)
	if err != nil {
		t.Fatal(err)
	}
	if want := float64(len(classOf)) * math.Log2(float64(classes)); math.Abs(d.Uniform-want) > 1e-9*want {
		t.Fatalf("the uniform code takes %v bits, want %v", d.Uniform, want)
	}
	return d
}

// Labels that have nothing to do with the features are not compressed, and cost
// little more than without a probe; with their own features they are.
func TestOnlineOfShuffledLabels(t *testing.T) {
	torchtest.Pin(t)
	features, classOf := generate(1500, 20, ten, 1)
	own := describe(t, features, classOf, 10)
	random := rand.New(rand.NewPCG(5, 6))
	random.Shuffle(len(classOf), func(i, j int) { classOf[i], classOf[j] = classOf[j], classOf[i] })
	shuffled := describe(t, features, classOf, 10)
	// Knowing the classes' shares in advance saves 1,500 times the difference
	// between log2 10 and their entropy, below 10 bits of 4,983.
	if shuffled.Compression > 1.002 || shuffled.Compression < 0.9 {
		t.Errorf("shuffled labels: %+v", shuffled)
	}
	if own.Compression < 1.3 {
		t.Errorf("the features' own labels: %+v", own)
	}
}

// Features that are the label cost little more than the first images' labels: a
// class's first images, log2 (K (n + 1)) each at most, in the blocks until all
// classes have been seen.
func TestOnlineOfOneHot(t *testing.T) {
	torchtest.Pin(t)
	const images, classes = 3000, 4
	features, classOf := oneHot(images, classes)
	blocks, err := Online(t.Context(), features, classOf, classes, 1)
	if err != nil {
		t.Fatal(err)
	}
	var late float64
	for _, block := range blocks {
		if block.Images >= 90 {
			late += block.Bits
			// Each costs 1.44 / n bits and what the penalty leaves.
			if block.Loss() > 0.1 {
				t.Errorf("%d images after %d take %v bits each", block.Next, block.Images, block.Loss())
			}
		}
	}
	d, err := labels.Describe(blocks, classes)
	if err != nil || d.First != 3*math.Log2(classes) || d.Compression < 20 {
		t.Errorf("%+v (%v), of it %v bits after 90 images", d, err, late)
	}
	if again, err := Online(t.Context(), features, classOf, classes, 1); err != nil || !reflect.DeepEqual(again, blocks) {
		t.Errorf("the same seed makes other blocks (%v)", err)
	}
	if _, err := Online(t.Context(), features.Slice(0, 1), classOf[:1], classes, 1); err == nil {
		t.Error("one image has an online code")
	}
}
