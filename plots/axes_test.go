package plots

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		lo, hi float64
		whole  bool
		want   string
	}{
		{0.98, 4.06, true, "1 2 3 4"},
		{-0.98, 101.98, true, "0 20 40 60 80 100"},
		{0.95, 1.05, true, "1"},
		{0.95, 1.05, false, "0.96 0.98 1.00 1.02 1.04"},
		{0.5506, 0.5838, false, "0.555 0.560 0.565 0.570 0.575 0.580"},
		{-2.5, 2.5, false, "−2 −1 0 1 2"},
		{-0.25, 0.25, false, "−0.2 −0.1 0.0 0.1 0.2"},
		{0.1, 0.3, false, "0.10 0.15 0.20 0.25 0.30"},
		{0, 7e9, false, "0 1e+09 2e+09 3e+09 4e+09 5e+09 6e+09 7e+09"},
	} {
		var labels []string
		for _, tick := range (ticks{whole: tt.whole}).Ticks(tt.lo, tt.hi) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != tt.want {
			t.Errorf("ticks from %g to %g: %q, want %q", tt.lo, tt.hi, got, tt.want)
		}
	}
}

func TestTicksOfAnyRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo, hi := rapid.Float64Range(-1e100, 1e100).Draw(t, "a"), rapid.Float64Range(-1e100, 1e100).Draw(t, "b")
		scale := rapid.SampledFrom([]float64{1, 1e-90, 1e-100, 1e-120}).Draw(t, "scale")
		lo, hi = spread(min(lo, hi)*scale, max(lo, hi)*scale, 0.05)
		marks := ticks{}.Ticks(lo, hi)
		if len(marks) < 2 || len(marks) > 9 {
			t.Fatalf("%d ticks from %g to %g", len(marks), lo, hi)
		}
		seen := map[string]bool{}
		for _, mark := range marks {
			slack := 1e-6 * (hi - lo)
			if mark.Value < lo-slack || mark.Value > hi+slack || seen[mark.Label] {
				t.Errorf("tick %g (%q) from %g to %g", mark.Value, mark.Label, lo, hi)
			}
			seen[mark.Label] = true
		}
	})
}
