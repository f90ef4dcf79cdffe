package plots

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// someClusters returns counts of 10,000 images, a thousand of each class: class
// c prefers the clusters from c on, more or less clearly.
func someClusters(clusters int) [][]int {
	counts := make([][]int, clusters)
	for i := range counts {
		counts[i] = make([]int, len(cifarClasses))
	}
	for class := range cifarClasses {
		weights, sum, left := make([]int, clusters), 0, 1000
		for i := range weights {
			weights[i] = 3 + (class*7+i*5)%11
			if i%len(cifarClasses) == class {
				weights[i] += 14 * (1 + class%4)
			}
			sum += weights[i]
		}
		for i, w := range weights {
			n := 1000 * w / sum
			counts[i][class] = n
			left -= n
		}
		counts[class%clusters][class] += left
	}
	return counts
}

func TestClusterContents(t *testing.T) {
	counts := someClusters(11)
	counts[10] = make([]int, len(cifarClasses))
	f, err := ClusterContents("Classes in the clusters of 10000 test images: encoder trained with BCE", counts, cifarClasses)
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "clusters", f)
}

func TestSortClusters(t *testing.T) {
	got := sortClusters([][]int{{5, 5, 0}, {0, 0, 0}, {1, 2, 7}, {1, 0, 1}})
	want := []cluster{
		{2, 10, []part{{2, 7}, {1, 2}, {0, 1}}},
		{0, 10, []part{{0, 5}, {1, 5}}},
		{3, 2, []part{{0, 1}, {2, 1}}},
		{1, 0, nil},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(cluster{}, part{})); diff != "" {
		t.Error(diff)
	}
}

// Bars say class and share, and sizes are the numbers of images.
func TestClusterContentsNumbers(t *testing.T) {
	f, err := ClusterContents("Clusters", [][]int{{3, 1}, {0, 0}, {0, 37}}, []string{"cat", "dog"})
	if err != nil {
		t.Fatal(err)
	}
	svg, err := f.svg()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"cat 75", "dog 25", "dog 100", "no images", "4", "37"} {
		if n := strings.Count(string(svg), ">"+text+"</text>"); n != 1 {
			t.Errorf("%q stands %d times, want once", text, n)
		}
	}
}

func TestClusterContentsErrors(t *testing.T) {
	ab := []string{"a", "b"}
	for name, tt := range map[string]struct {
		counts  [][]int
		classes []string
		words   []string
	}{
		"none":       {nil, ab, []string{"no clusters"}},
		"no classes": {[][]int{{}}, nil, []string{"no classes"}},
		"ambiguous":  {[][]int{{1, 2}}, []string{"a", "a"}, []string{"two classes", `"a"`}},
		"columns":    {[][]int{{1, 2}, {3}}, ab, []string{"cluster 1", "1 counts", "2 classes"}},
		"negative":   {[][]int{{1, 2}, {3, -4}}, ab, []string{"cluster 1", `class "b"`, "-4"}},
		"empty":      {[][]int{{0, 0}}, ab, []string{"no images"}},
	} {
		_, err := ClusterContents("Clusters", tt.counts, tt.classes)
		wantError(t, name, err, append(tt.words, `cluster contents "Clusters"`)...)
	}
}

// Whatever the clusters, labels neither overlap nor leave the page.
func TestClusterContentsLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := make([]string, rapid.IntRange(1, 12).Draw(t, "classes"))
		for i := range classes {
			classes[i] = fmt.Sprint(i, rapid.StringN(0, 40, -1).Draw(t, "class"))
		}
		largest := rapid.SampledFrom([]int{1, 50, 100000}).Draw(t, "largest count")
		counts := make([][]int, rapid.IntRange(1, 30).Draw(t, "clusters"))
		for i := range counts {
			counts[i] = make([]int, len(classes))
			for j := range counts[i] {
				counts[i][j] = rapid.IntRange(0, largest).Draw(t, "count")
			}
		}
		counts[0][0]++
		f, err := ClusterContents("Clusters", counts, classes)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, f)
	})
}
