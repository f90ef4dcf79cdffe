package plots

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestHeatMapCKA(t *testing.T) {
	layers := []string{
		"random · conv1", "random · conv2", "random · conv3", "BCE · conv1", "BCE · conv2", "BCE · conv3",
		"end to end · conv3, average-pooled",
	}
	upper := [][]float64{
		{1, 0.91, 0.78, 0.88, 0.71, 0.43, -0.01}, {1, 0.9, 0.8, 0.74, 0.5, 0.03}, {1, 0.69, 0.7, 0.55, 0.06},
		{1, 0.77, 0.46, 0.02}, {1, 0.64, 0.07}, {1, 0.12}, {1},
	}
	values := make([][]float64, len(layers))
	for i := range values {
		values[i] = make([]float64, len(layers))
		for j := range values[i] {
			values[i][j] = upper[min(i, j)][max(i, j)-min(i, j)]
		}
	}
	f, err := HeatMap("Similarity of layers, over 10000 test images", Cells{
		Rows: layers, Columns: layers, Values: values, Scale: "Debiased linear CKA", High: 1, Decimals: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "heatmap-cka", f)
}

func TestHeatMapOfLayersByEpoch(t *testing.T) {
	f, err := HeatMap("Where the classes are, and since when: encoder and decoder trained with BCE", Cells{
		RowAxis: "Layer", ColumnAxis: "Epoch",
		Rows:    []string{"image", "conv1", "conv2", "features", "deconv1", "deconv2"},
		Columns: []string{"0", "1", "2", "5", "10", "20", "50", "100"},
		Values: [][]float64{
			{37.8, nan, nan, nan, nan, nan, nan, nan},
			{41.2, 42.0, 42.3, 42.6, 42.5, 42.7, 42.4, 42.6},
			{43.5, 44.1, 44.0, 43.2, 43.0, 42.8, 42.9, 42.7},
			{44.6, 43.7, 42.9, 42.0, 41.3, 40.8, 40.4, 40.1},
			{36.2, 38.5, 39.0, 39.4, 39.3, 39.1, 39.2, 39.0},
			{31.4, 35.8, 36.6, 37.4, 37.5, 37.6, 37.7, 37.6},
		},
		Scale: "Accuracy of a logistic probe, %", Low: 30, High: 45, Decimals: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "heatmap-layers", f)
}

// The cells hold the values; beyond the scale they keep its colours' ends.
func TestHeatMapNumbers(t *testing.T) {
	f, err := HeatMap("Map", Cells{
		Rows: []string{"r", "s"}, Columns: []string{"x", "y", "z"}, Low: 0.2, High: 0.8, Decimals: 2,
		Values: [][]float64{{0.204, -0.004, nan}, {1.5, -3, 0.8}},
	})
	if err != nil {
		t.Fatal(err)
	}
	svg, err := f.svg()
	if err != nil {
		t.Fatal(err)
	}
	for text, times := range map[string]int{
		">0.20</text>": 1, ">0.00</text>": 1, ">–</text>": 1, ">1.50</text>": 1, ">−3.00</text>": 1, ">0.80</text>": 1,
		"fill:#08306B": 2, "fill:#F7FBFF": 2, "fill:#E4E4E4": 1,
	} {
		if got := bytes.Count(svg, []byte(text)); got != times {
			t.Errorf("%q stands %d times, want %d", text, got, times)
		}
	}
}

func TestHeatMapErrors(t *testing.T) {
	ab := []string{"a", "b"}
	square := [][]float64{{1, 2}, {3, 4}}
	for name, tt := range map[string]struct {
		d     Cells
		words []string
	}{
		"none":     {Cells{High: 1}, []string{"0 rows and 0 columns"}},
		"rows":     {Cells{Rows: ab, Columns: ab, Values: square[:1], High: 1}, []string{"1 rows of values", "2 rows"}},
		"columns":  {Cells{Rows: ab, Columns: ab[:1], Values: square, High: 1}, []string{`row "a"`, "2 values", "1 columns"}},
		"infinite": {Cells{Rows: ab, Columns: ab, Values: [][]float64{{1, 2}, {3, -inf}}, High: 1}, []string{`row "b", column "b"`, "Inf"}},
		"no scale": {Cells{Rows: ab, Columns: ab, Values: square}, []string{"from 0 to 0", "below"}},
		"NaN":      {Cells{Rows: ab, Columns: ab, Values: square, High: nan}, []string{"NaN"}},
		"decimals": {Cells{Rows: ab, Columns: ab, Values: square, High: 1, Decimals: -1}, []string{"-1 decimals"}},
	} {
		_, err := HeatMap("Map", tt.d)
		wantError(t, name, err, append(tt.words, `heat map "Map"`)...)
	}
}

// Whatever the labels, they neither overlap nor leave the page.
func TestHeatMapLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		longest := rapid.IntRange(1, 60).Draw(t, "longest label")
		labels := func(what string) []string {
			out := make([]string, rapid.IntRange(1, 20).Draw(t, what))
			for i := range out {
				out[i] = rapid.StringN(0, longest, -1).Draw(t, "label")
			}
			return out
		}
		d := Cells{
			RowAxis:    rapid.StringN(0, 30, -1).Draw(t, "row axis"),
			ColumnAxis: rapid.StringN(0, 30, -1).Draw(t, "column axis"),
			Rows:       labels("rows"), Columns: labels("columns"),
			Scale:    rapid.StringN(0, 60, -1).Draw(t, "scale"),
			Low:      -rapid.Float64Range(0.01, 100).Draw(t, "low"),
			High:     rapid.Float64Range(0.01, 100).Draw(t, "high"),
			Decimals: rapid.IntRange(0, 3).Draw(t, "decimals"),
		}
		for i := range d.Rows {
			row := make([]float64, len(d.Columns))
			for j := range row {
				row[j] = 100 * math.Sin(float64(i*31+j*17))
			}
			d.Values = append(d.Values, row)
		}
		f, err := HeatMap(fmt.Sprint(len(d.Rows), " by ", len(d.Columns)), d)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, f)
	})
}
