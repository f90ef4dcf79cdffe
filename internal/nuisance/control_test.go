package nuisance

import (
	"math"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/matrix/matrixtest"
)

func TestControlLabels(t *testing.T) {
	types := make([]int, 5000)
	for i := range types {
		types[i] = i * i % 200
	}
	labels, err := ControlLabels(types, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	classOf := map[int]byte{}
	for i, kind := range types {
		if class, known := classOf[kind]; known && class != labels[i] {
			t.Fatalf("images of type %d have labels %d and %d", kind, class, labels[i])
		}
		classOf[kind] = labels[i]
	}
	// Fewer types, in another order: each keeps its class.
	reversed, err := ControlLabels([]int{49, 0, 1, 0}, 10, 1)
	if want := []byte{classOf[49], classOf[0], classOf[1], classOf[0]}; err != nil || !slices.Equal(reversed, want) {
		t.Errorf("a few types have labels %v, want %v (%v)", reversed, want, err)
	}
	if other, _ := ControlLabels(types, 10, 2); slices.Equal(other, labels) {
		t.Error("another seed makes the same task")
	}
	for message, call := range map[string]func() ([]byte, error){
		"type -1":     func() ([]byte, error) { return ControlLabels([]int{0, -1}, 10, 1) },
		"0 classes":   func() ([]byte, error) { return ControlLabels([]int{0}, 0, 1) },
		"257 classes": func() ([]byte, error) { return ControlLabels([]int{0}, 257, 1) },
	} {
		if _, err := call(); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: %v", message, err)
		}
	}
}

// With a type for each image, labels are random: classes are as frequent as each other,
// and a probe that knows all labels before finds none of those after. By hand: counts
// of n/10 have the deviation sqrt(n 0.1 0.9), an accuracy of 0.1 has 0.3 / sqrt(n).
func TestControlOfRandomLabels(t *testing.T) {
	const n = 20000
	types := make([]int, n)
	for i := range types {
		types[i] = i
	}
	labels, err := ControlLabels(types, 10, 3)
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, 10)
	for _, label := range labels {
		counts[label]++
	}
	for class, count := range counts {
		if math.Abs(float64(count)-n/10) > 4*math.Sqrt(n*0.09) {
			t.Errorf("class %d has %d of %d images", class, count, n)
		}
	}
	// Nearest class mean of random features, fitted on the first half.
	features := matrixtest.Normal(n, 4, 5)
	means := make([][4]float64, 10)
	for i, label := range labels[:n/2] {
		for j, x := range features.Row(i) {
			means[label][j] += float64(x) * 10 / (n / 2)
		}
	}
	right := 0
	for i := n / 2; i < n; i++ {
		best, least := 0, math.Inf(1)
		for class, mean := range means {
			var distance float64
			for j, x := range features.Row(i) {
				distance += (float64(x) - mean[j]) * (float64(x) - mean[j])
			}
			if distance < least {
				best, least = class, distance
			}
		}
		if best == int(labels[i]) {
			right++
		}
	}
	if accuracy := float64(right) / (n / 2); math.Abs(accuracy-0.1) > 4*0.3/math.Sqrt(n/2) {
		t.Errorf("the accuracy of a control of random labels is %v, want chance, 0.1", accuracy)
	}
}
