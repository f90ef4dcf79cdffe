package plots

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// descending returns epochs 1 to n and a loss that falls to floor with ripples.
func descending(n int, floor, drop float64) (x, y []float64) {
	for i := range n {
		epoch := float64(i + 1)
		x = append(x, epoch)
		y = append(y, floor+drop*(math.Exp(-epoch/12)+0.02*math.Sin(7*epoch)))
	}
	return x, y
}

func trainAndTest(n int, floor, drop float64) []Series {
	x, y := descending(n, floor, drop)
	testX, testY := descending(n, 1.02*floor, drop)
	return []Series{{Label: "train", X: x, Y: y}, {Label: "test", X: testX, Y: testY, Dashed: true}}
}

func TestLossCurve(t *testing.T) {
	for name, series := range map[string][]Series{
		"loss":           trainAndTest(60, 1.05, 1),
		"loss-quick":     trainAndTest(4, 1.9, 0.2),
		"loss-one-epoch": trainAndTest(1, 1.9, 0.2),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := LossCurve("Cross-entropy of the end-to-end classifier", series)
			if err != nil {
				t.Fatal(err)
			}
			checkLayout(t, f)
			checkGolden(t, name, f)
		})
	}
}

func TestLossCurveErrors(t *testing.T) {
	x := []float64{1, 2, 3}
	for name, tt := range map[string]struct {
		series []Series
		words  []string
	}{
		"none":      {nil, []string{"no series"}},
		"empty":     {[]Series{{Label: "a"}}, []string{`"a"`, "0 X and 0 Y"}},
		"lengths":   {[]Series{{Label: "a", X: x, Y: x[:2]}}, []string{`"a"`, "3 X and 2 Y"}},
		"NaN":       {[]Series{{Label: "a", X: x, Y: x}, {Label: "b", X: x, Y: []float64{1, nan, 2}}}, []string{`"b"`, "point 1", "NaN"}},
		"Inf":       {[]Series{{Label: "a", X: x, Y: []float64{1, 2, inf}}}, []string{`"a"`, "point 2", "Inf"}},
		"order":     {[]Series{{Label: "a", X: []float64{1, 2, 2}, Y: x}}, []string{`"a"`, "point 2", "rising"}},
		"ambiguous": {[]Series{{Label: "a", X: x, Y: x}, {Label: "a", X: x, Y: x}}, []string{`"a"`, "two series"}},
	} {
		_, err := LossCurve("Loss", tt.series)
		wantError(t, name, err, append(tt.words, `loss curve "Loss"`)...)
	}
}

// Whatever the losses, labels neither overlap nor leave the page.
func TestLossCurveLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var series []Series
		for i := range rapid.IntRange(1, 8).Draw(t, "series") {
			s := Series{
				Label:  fmt.Sprintf("%d %s", i, rapid.StringN(0, 60, -1).Draw(t, "label")),
				Dashed: rapid.Bool().Draw(t, "dashed"),
				Y:      rapid.SliceOfN(rapid.Float64Range(-1e99, 1e99), 1, 40).Draw(t, "losses"),
			}
			scale := rapid.SampledFrom([]float64{1, 1e-99, 1e-105, 0}).Draw(t, "scale")
			step := rapid.Float64Range(1e-3, 1e5).Draw(t, "step")
			for j := range s.Y {
				s.Y[j] *= scale
				s.X = append(s.X, float64(j+1)*step)
			}
			series = append(series, s)
		}
		f, err := LossCurve("Loss", series)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, f)
	})
}
