package plots

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

var perClass = []float64{1, 5, 10, 50, 500, 2500, 5000}

// curve holds accuracies at the first numbers of labels per class, with the
// spread that subsets of so few images have.
func curve(label string, percent ...float64) Curve {
	c := Curve{Label: label}
	for i, v := range percent {
		half := 0.9 + 4/math.Sqrt(perClass[i])
		c.Points = append(c.Points, CurvePoint{perClass[i], Estimate{v, v - half, v + half}})
	}
	return c
}

func TestLearningCurves(t *testing.T) {
	f, err := LearningCurves("Logistic probes on few labels: flattened features", Curves{
		X: "Labels per class", Y: "Accuracy on 10000 test images, %",
		Curves: []Curve{
			curve("random encoder", 13.8, 18.6, 21.5, 28.1, 36.8, 42.2, 44.6),
			curve("BCE", 14.6, 20.4, 23.5, 29.3, 34.6, 38.3, 40.1),
			curve("L1", 14.4, 20.1, 23.1, 29.0, 34.9, 38.8, 40.9),
			curve("MSE", 14.3, 19.8, 23.2, 28.7, 34.4, 38.4, 40.4),
			curve("pixels, 48 principal components", 13.2, 18.0, 20.9, 27.2, 34.1, 37.0, 37.8),
			curve("trained end to end on all labels", 31.5, 48.2, 53.1, 58.0, 60.1, 60.9, 61.2),
			curve("the same network, trained on these labels only", 12.9, 17.1, 20.2, 29.8, 46.9, 56.7, 61.0),
			curve("mean colour", 12.1, 14.9, 16.8, 20.5, 23.0, 23.9, 24.1),
		},
		Reference: chance,
	})
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "learning", f)
}

// A curve may end early, and a single point has a line for its interval.
func TestLearningCurvesShort(t *testing.T) {
	f, err := LearningCurves("Few labels", Curves{X: "Labels per class", Y: "Accuracy, %", Curves: []Curve{
		curve("random encoder", 13.8, 18.6, 21.5, 28.1, 36.8),
		curve("BCE", 14.6, 20.4, 23.5),
		{"trained end to end", []CurvePoint{{10, Estimate{40, 36, 44}}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "learning-short", f)
}

// There is a tick at each place, and its label where there is room.
func TestPlaceTicks(t *testing.T) {
	for _, tt := range []struct {
		places []float64
		width  vg.Length
		want   string
	}{
		{perClass, 300, "1 5 10 50 500 2500 5000"},
		{[]float64{10}, 300, "10"},
		{[]float64{1, 2, 4, 4.1, 1000}, 200, "1 2 4 _ 1000"},
		{[]float64{1, 999, 1000}, 200, "1 _ 1000"},
	} {
		lo, hi := tt.places[0]/2, tt.places[len(tt.places)-1]*2
		var labels []string
		for i, tick := range (placeTicks{tt.places, tt.width}).Ticks(lo, hi) {
			if tick.Value != tt.places[i] {
				t.Errorf("tick at %g, want %g", tick.Value, tt.places[i])
			}
			labels = append(labels, tick.Label+strings.Repeat("_", max(0, 1-len(tick.Label))))
		}
		if got := strings.Join(labels, " "); got != tt.want {
			t.Errorf("ticks at %v: %q, want %q", tt.places, got, tt.want)
		}
	}
}

// By hand: 10 and 11 are moved by half of what they lack, then 30 joins them.
func TestApart(t *testing.T) {
	for _, tt := range []struct {
		places []vg.Length
		lo, hi vg.Length
		want   []vg.Length
	}{
		{[]vg.Length{10, 30, 50}, 0, 100, []vg.Length{10, 30, 50}},
		{[]vg.Length{20, 21, 60}, 0, 100, []vg.Length{15.5, 25.5, 60}},
		{[]vg.Length{20, 21, 22}, 0, 100, []vg.Length{11, 21, 31}},
		{[]vg.Length{20, 22, 29}, 0, 100, []vg.Length{41. / 3, 71. / 3, 101. / 3}},
		{[]vg.Length{1, 2, 90}, 5, 100, []vg.Length{5, 15, 90}},
		{[]vg.Length{1, 98, 99}, 0, 100, []vg.Length{1, 90, 100}},
	} {
		steps := slices.Repeat([]vg.Length{10}, len(tt.places))
		for i, got := range apart(tt.places, steps, tt.lo, tt.hi) {
			if math.Abs(float64(got-tt.want[i])) > 1e-9 {
				t.Errorf("apart(%v)[%d] = %v, want %v", tt.places, i, got, tt.want[i])
			}
		}
	}
}

func TestLearningCurvesErrors(t *testing.T) {
	ok := curve("a", 1, 2)
	point := func(x, value float64) Curve {
		return Curve{"b", []CurvePoint{{1, Estimate{1, 1, 1}}, {x, Estimate{value, 1, 2}}}}
	}
	for name, tt := range map[string]struct {
		curves []Curve
		words  []string
	}{
		"none":      {nil, []string{"no curves"}},
		"empty":     {[]Curve{{Label: "b"}}, []string{`curve "b"`, "no points"}},
		"ambiguous": {[]Curve{ok, ok}, []string{"two curves", `"a"`}},
		"zero":      {[]Curve{ok, {"b", []CurvePoint{{0, Estimate{1, 1, 1}}}}}, []string{`curve "b"`, "point 0", "X 0", "above 0"}},
		"order":     {[]Curve{ok, point(1, 1)}, []string{"point 1", "rising"}},
		"endless":   {[]Curve{ok, point(inf, 1)}, []string{"point 1", "Inf"}},
		"NaN":       {[]Curve{ok, point(2, nan)}, []string{"point 1", "NaN"}},
		"outside":   {[]Curve{ok, point(2, 3)}, []string{"point 1", "outside"}},
	} {
		_, err := LearningCurves("Few labels", Curves{Curves: tt.curves})
		wantError(t, name, err, append(tt.words, `learning curves "Few labels"`)...)
	}
	_, err := LearningCurves("Few labels", Curves{Curves: []Curve{ok}, Reference: &Reference{"chance", inf}})
	wantError(t, "reference", err, `"chance"`, "Inf")
}

// Whatever the curves, labels neither overlap nor leave the page.
func TestLearningCurvesLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Curves{X: "Labels per class", Y: "Accuracy, %"}
		for i := range rapid.IntRange(1, 20).Draw(t, "curves") {
			c := Curve{Label: fmt.Sprint(i, rapid.StringN(0, 80, -1).Draw(t, "label"))}
			x := 0
			for range rapid.IntRange(1, 12).Draw(t, "points") {
				x += rapid.SampledFrom([]int{1, 2, 10, 100, 1000}).Draw(t, "step")
				v := rapid.Float64Range(0, 100).Draw(t, "value")
				c.Points = append(c.Points, CurvePoint{float64(x), Estimate{v, v - 1, v + 2}})
			}
			d.Curves = append(d.Curves, c)
		}
		if rapid.Bool().Draw(t, "reference") {
			d.Reference = &Reference{rapid.StringN(0, 60, -1).Draw(t, "name"), 10}
		}
		f, err := LearningCurves("Few labels", d)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, f)
	})
}
