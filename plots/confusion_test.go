package plots

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestConfusion(t *testing.T) {
	f, err := Confusion("Confusion matrix of the end-to-end classifier", [][]int{
		{8, 1, 0, 1},
		{0, 50, 0, 25},
		{0, 0, 0, 0},
		{3, 3, 0, 994},
	}, []string{"airplane", "automobile", "cat", "a class with a very long name"})
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "confusion", f)
}

// The cells say what the counts are: shares of the row, dashes where it is empty.
func TestConfusionNumbers(t *testing.T) {
	f, err := Confusion("Confusion", [][]int{{2, 1}, {0, 0}}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	svg, err := f.svg()
	if err != nil {
		t.Fatal(err)
	}
	for text, times := range map[string]int{"66.7": 1, "33.3": 1, "2": 1, "1": 1, "–": 2} {
		if got := bytes.Count(svg, []byte(">"+text+"</text>")); got != times {
			t.Errorf("%q stands %d times, want %d", text, got, times)
		}
	}
}

func TestConfusionErrors(t *testing.T) {
	ab := []string{"a", "b"}
	for name, tt := range map[string]struct {
		counts  [][]int
		classes []string
		words   []string
	}{
		"none":     {nil, nil, []string{"no classes"}},
		"rows":     {[][]int{{1, 2}}, ab, []string{"1 rows", "2 classes"}},
		"columns":  {[][]int{{1, 2}, {3}}, ab, []string{"row 1", "1 counts"}},
		"negative": {[][]int{{1, 2}, {3, -4}}, ab, []string{"row 1, column 1", "-4"}},
	} {
		_, err := Confusion("Confusion", tt.counts, tt.classes)
		wantError(t, name, err, append(tt.words, `confusion matrix "Confusion"`)...)
	}
}

// Whatever the classes, labels neither overlap nor leave the page.
func TestConfusionLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "classes")
		longest := rapid.IntRange(1, 60).Draw(t, "longest name")
		largest := rapid.SampledFrom([]int{0, 1, 50, 1000, 100000}).Draw(t, "largest count")
		classes, counts := make([]string, n), make([][]int, n)
		for i := range n {
			classes[i] = rapid.StringN(0, longest, -1).Draw(t, "class")
			counts[i] = make([]int, n)
			for j := range n {
				counts[i][j] = (i*31 + j*17) % (largest + 1)
			}
			counts[i][i] = largest
		}
		f, err := Confusion(fmt.Sprint(n, " classes"), counts, classes)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, f)
	})
}
