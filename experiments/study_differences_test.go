package experiments

import (
	"math"
	"testing"

	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
)

// TestMeasuredDifferences checks what verify accepts: the same numbers on
// machinery like that of the run, and what rounding explains elsewhere.
func TestMeasuredDifferences(t *testing.T) {
	definition := smallStudy(t)
	s := newSetup(definition, smallData(t, definition), Options{Dir: t.TempDir(), Device: torch.CPU, Threads: 1})
	here, elsewhere := &stages.Result{MadeWith: s.madeWith()}, &stages.Result{MadeWith: s.madeWith()}
	elsewhere.MadeWith.CPU = "another"
	kept := &report.Measured{Measure: "knn", Findings: []report.Finding{{Name: "k = 1", Value: 30, Unit: "%", N: 200}, {Name: "bits", Value: 2.5, N: 200}}}
	for _, test := range []struct {
		name       string
		percent    float64
		bits       float64
		n          int
		here, away bool // whether that is accepted
	}{
		{"the same", 30, 2.5, 200, true, true},
		{"an image", 30.4, 2.5, 200, false, true},
		{"rounding", 30, 2.51, 200, false, true},
		{"too many images", 30.6, 2.5, 200, false, false},
		{"other bits", 30, 2.6, 200, false, false},
		{"of fewer images", 30, 2.5, 199, false, false},
		{"undefined", math.NaN(), 2.5, 200, false, false},
	} {
		again := &report.Measured{Measure: "knn", Findings: []report.Finding{{Name: "k = 1", Value: report.Number(test.percent), Unit: "%", N: test.n}, {Name: "bits", Value: report.Number(test.bits), N: 200}}}
		for result, accepted := range map[*stages.Result]bool{here: test.here, elsewhere: test.away} {
			differences, err := s.measuredDifferences(kept, again, result)
			if err != nil || (len(differences) == 0) != accepted {
				t.Errorf("%s, made with %s: differences %v (%v), want accepted: %t", test.name, result.MadeWith.CPU, differences, err, accepted)
			}
		}
	}
	if differences, err := s.measuredDifferences(kept, &report.Measured{Measure: "knn", Findings: kept.Findings[:1]}, elsewhere); err != nil || len(differences) == 0 {
		t.Errorf("a missing number is accepted (%v)", err)
	}
}
