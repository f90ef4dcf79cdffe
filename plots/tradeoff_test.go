package plots

import (
	"math"
	"strings"
	"testing"
)

func tradeoff() Tradeoff {
	around := func(value, half float64) Estimate { return Estimate{value, value - half, value + half} }
	return Tradeoff{X: "Test BCE above the pixels' own entropy", Y: "Test accuracy, %", Points: []TradeoffPoint{
		{"alongside", around(0.0011, 0.0001), around(27.9, 0.7)},
		{"joint, 1 BCE", around(0.0093, 0.0012), around(60.9, 1.1)},
		{"joint, 10 BCE", around(0.0052, 0.0004), around(61.3, 0.6)},
		{"joint, 100 BCE", around(0.0024, 0.0002), around(56.2, 0.9)},
		{"joint, 1000 BCE", around(0.0013, 0.0001), around(41.0, 1.3)},
		{"through the decoder", around(0.034, 0.006), around(55.4, 2.1)},
		{"readout", around(0.0181, 0.0021), around(52.0, 1.0)},
		{"alternating", around(0.0028, 0.0003), around(59.7, 0.8)},
	}, Vertical: &Reference{"images alone", 0.0010}, Horizontal: &Reference{"labels alone", 61.4}}
}

func TestTradeoff(t *testing.T) {
	f, err := TradeoffPlot("Does it help to reconstruct and to classify at once?", tradeoff())
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "tradeoff", f)
}

func TestTradeoffErrors(t *testing.T) {
	for want, change := range map[string]func(*Tradeoff){
		"no points":    func(d *Tradeoff) { d.Points = nil },
		"two points":   func(d *Tradeoff) { d.Points[1].Label = d.Points[0].Label },
		"finite":       func(d *Tradeoff) { d.Points[2].Y.Value = math.NaN() },
		"above 0":      func(d *Tradeoff) { d.Points[3].X.Low = 0 },
		"a number":     func(d *Tradeoff) { d.Vertical.Value = -1 },
		"lies outside": func(d *Tradeoff) { d.Points[4].X.Value = 1 },
	} {
		d := tradeoff()
		change(&d)
		if _, err := TradeoffPlot("t", d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
