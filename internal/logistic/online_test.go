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
	features, classOf := generate(600, 10, ten, 1)
	own := describe(t, features, classOf, 10)
	random := rand.New(rand.NewPCG(5, 6))
	random.Shuffle(len(classOf), func(i, j int) { classOf[i], classOf[j] = classOf[j], classOf[i] })
	shuffled := describe(t, features, classOf, 10)
	// 600 labels' shares of the classes differ from a tenth by chance: that is
	// worth 9 / (2 ln 2) = 6.5 bits of 1,993, whatever the number of images.
	if shuffled.Compression > 1.01 || shuffled.Compression < 0.9 {
		t.Errorf("shuffled labels: %+v", shuffled)
	}
	if own.Compression < 1.1 {
		t.Errorf("the features' own labels: %+v", own)
	}
}

// Features that are the label leave the first image's two bits, those for images
// of classes not seen before, log2 (K (n + 1)) each, and for each block as long
// as all before it n log2 ((n + 1) / (n + 1/K)) = 1.1 bits and what the penalty
// leaves.
func TestOnlineOfOneHot(t *testing.T) {
	torchtest.Pin(t)
	const images, classes = 1000, 4
	features, classOf := oneHot(images, classes)
	blocks, err := Online(t.Context(), features, classOf, classes, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks {
		if block.Images >= 16 && block.Bits > 1.5 {
			t.Errorf("%d images after %d take %v bits", block.Next, block.Images, block.Bits)
		}
	}
	d, err := labels.Describe(blocks, classes)
	if err != nil || d.First != 2 || d.Bits > 2+15*math.Log2(4*9)+6*1.5 {
		t.Errorf("%+v (%v)", d, err)
	}
	if again, err := Online(t.Context(), features, classOf, classes, 1); err != nil || !reflect.DeepEqual(again, blocks) {
		t.Errorf("the same seed makes other blocks (%v)", err)
	}
	if _, err := Online(t.Context(), features.Slice(0, 1), classOf[:1], classes, 1); err == nil {
		t.Error("one image has an online code")
	}
}
