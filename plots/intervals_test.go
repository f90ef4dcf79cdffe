package plots

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wilson is an accuracy in percent of 10,000 images with its 95 % interval.
func wilson(percent float64) *Estimate {
	const n, z = 10000, 1.959964
	p := percent / 100
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return &Estimate{percent, 100 * (middle - half), 100 * (middle + half)}
}

var chance = &Reference{Label: "chance, 10 %", Value: 10}

// probes are accuracies of features by probe; 0 stands for none.
func probes(rows ...[]float64) [][]*Estimate {
	out := make([][]*Estimate, len(rows))
	for i, row := range rows {
		out[i] = make([]*Estimate, len(row))
		for j, percent := range row {
			if percent != 0 {
				out[i][j] = wilson(percent)
			}
		}
	}
	return out
}

func TestIntervalPlot(t *testing.T) {
	f, err := IntervalPlot("Accuracy of probes on frozen features, by encoder", Intervals{
		Axis: "Accuracy on 10000 test images, %",
		Rows: []string{
			"random encoder", "BCE", "L1", "MSE", "end to end",
			"pixels, 48 principal components", "pixels", "mean colour",
		},
		Series: []string{"linear, the report's recipe", "logistic, converged", "kNN, k = 20", "nearest class mean"},
		Panels: []IntervalPanel{
			{"Average pooling, 48 features", probes(
				[]float64{27.9, 33.8, 31.4, 26.5}, []float64{29.7, 30.8, 28.7, 24.6}, []float64{28.9, 31.5, 29.0, 24.9},
				[]float64{28.8, 31.2, 28.8, 24.1}, []float64{59.2, 60.4, 60.1, 57.9}, []float64{0, 37.8, 47.4, 37.3},
				[]float64{0, 0, 0, 0}, []float64{0, 24.1, 20.4, 19.2},
			)},
			{"Flattened, 768 features", probes(
				[]float64{38.2, 44.6, 42.3, 31.4}, []float64{36.9, 40.1, 45.2, 32.6}, []float64{37.2, 40.9, 44.4, 32.0},
				[]float64{37.0, 40.4, 44.9, 32.2}, []float64{60.3, 61.2, 61.8, 59.1}, []float64{0, 0, 0, 0},
				[]float64{36.1, 39.7, 36.4, 27.7}, []float64{0, 0, 0, 0},
			)},
		},
		Reference: chance,
	})
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "intervals", f)
}

// Every estimate is drawn: a marker each, in both panels, and none for a nil.
func TestIntervalPlotDrawsAll(t *testing.T) {
	count := func(estimates [][]*Estimate) int {
		f, err := IntervalPlot("Accuracy", Intervals{
			Axis: "%", Rows: []string{"a", "b"}, Series: []string{"linear", "kNN"},
			Panels: []IntervalPanel{{"avg", estimates}, {"flatten", estimates}},
		})
		if err != nil {
			t.Fatal(err)
		}
		svg, err := f.svg()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(svg), "fill:#0072B2")
	}
	all := count([][]*Estimate{{wilson(30), wilson(40)}, {wilson(50), wilson(60)}})
	some := count([][]*Estimate{{nil, wilson(40)}, {wilson(50), wilson(60)}})
	if all != some+2 || all != 5 { // one of them in the legend
		t.Errorf("%d markers of the first series, and %d without one of its rows; want 5 and 3", all, some)
	}
}

func TestIntervalPlotErrors(t *testing.T) {
	ab := []string{"a", "b"}
	full := IntervalPanel{"avg", probes([]float64{1, 2}, []float64{3, 4})}
	with := func(e Estimate) []IntervalPanel {
		return []IntervalPanel{{"avg", [][]*Estimate{{nil, nil}, {nil, &e}}}}
	}
	for name, tt := range map[string]struct {
		d     Intervals
		words []string
	}{
		"no rows":      {Intervals{Series: ab, Panels: []IntervalPanel{full}}, []string{"no rows"}},
		"no series":    {Intervals{Rows: ab, Panels: []IntervalPanel{full}}, []string{"no series"}},
		"no panels":    {Intervals{Rows: ab, Series: ab}, []string{"0 panels", "1 to 4"}},
		"panels":       {Intervals{Rows: ab, Series: ab, Panels: make([]IntervalPanel, 5)}, []string{"5 panels"}},
		"same row":     {Intervals{Rows: []string{"a", "a"}, Series: ab, Panels: []IntervalPanel{full}}, []string{"two rows", `"a"`}},
		"same series":  {Intervals{Rows: ab, Series: []string{"b", "b"}, Panels: []IntervalPanel{full}}, []string{"two series", `"b"`}},
		"rows":         {Intervals{Rows: ab[:1], Series: ab, Panels: []IntervalPanel{full}}, []string{`"avg"`, "2 rows", "1 rows"}},
		"columns":      {Intervals{Rows: ab, Series: ab[:1], Panels: []IntervalPanel{full}}, []string{`"avg"`, `row "a"`, "2 estimates", "1 series"}},
		"none":         {Intervals{Rows: ab, Series: ab, Panels: []IntervalPanel{{"avg", probes(make([]float64, 2), make([]float64, 2))}}}, []string{"no estimates"}},
		"NaN":          {Intervals{Rows: ab, Series: ab, Panels: with(Estimate{nan, 1, 2})}, []string{`"avg"`, `row "b"`, `series "b"`, "NaN"}},
		"Inf":          {Intervals{Rows: ab, Series: ab, Panels: with(Estimate{1, 0, inf})}, []string{"Inf", "finite"}},
		"outside":      {Intervals{Rows: ab, Series: ab, Panels: with(Estimate{3, 1, 2})}, []string{"3 lies outside", "1 to 2"}},
		"upside down":  {Intervals{Rows: ab, Series: ab, Panels: with(Estimate{1.5, 2, 1})}, []string{"outside"}},
		"no reference": {Intervals{Rows: ab, Series: ab, Panels: []IntervalPanel{full}, Reference: &Reference{"chance", nan}}, []string{`"chance"`, "NaN"}},
	} {
		_, err := IntervalPlot("Accuracy", tt.d)
		wantError(t, name, err, append(tt.words, `interval plot "Accuracy"`)...)
	}
}

// The mean of equal accuracies may miss an empty interval by a rounding.
func TestEstimateAllowsRounding(t *testing.T) {
	if err := (Estimate{28.4, 28.400000000000002, 28.400000000000002}).check(); err != nil {
		t.Error(err)
	}
}

// Whatever the estimates, labels neither overlap nor leave the page.
func TestIntervalPlotLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := func(what string, most int) []string {
			out := make([]string, rapid.IntRange(1, most).Draw(t, what))
			for i := range out {
				out[i] = fmt.Sprint(i, rapid.StringN(0, 60, -1).Draw(t, "label"))
			}
			return out
		}
		d := Intervals{Axis: rapid.StringN(0, 200, -1).Draw(t, "axis"), Rows: labels("rows", 16), Series: labels("series", 6)}
		level := rapid.Float64Range(-100, 100)
		for _, label := range labels("panels", mostPanels) {
			panel := IntervalPanel{Label: label}
			for range d.Rows {
				row := make([]*Estimate, len(d.Series))
				for j := range row {
					v := level.Draw(t, "value")
					row[j] = &Estimate{v, v - rapid.Float64Range(0, 5).Draw(t, "below"), v + 1}
				}
				panel.Estimates = append(panel.Estimates, row)
			}
			d.Panels = append(d.Panels, panel)
		}
		if rapid.Bool().Draw(t, "reference") {
			d.Reference = &Reference{rapid.StringN(0, 60, -1).Draw(t, "name"), level.Draw(t, "chance")}
		}
		f, err := IntervalPlot("Accuracy", d)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, f)
	})
}
