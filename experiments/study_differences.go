package experiments

import (
	"fmt"
	"math"

	"aeprobe/internal/report"
	"aeprobe/internal/stages"
)

// measuredDifferences are how what was measured differs from what is measured
// now: exactly on machinery like the first, and otherwise to what rounding
// explains.
func (s *setup) measuredDifferences(kept, again *report.Measured, result *stages.Result) ([]string, error) {
	again.Source = kept.Source
	if s.isMadeLike(result) {
		return stages.JSONDifferences(kept, again)
	}
	if len(kept.Findings) != len(again.Findings) {
		return []string{fmt.Sprintf("%d numbers are kept, %d are found", len(kept.Findings), len(again.Findings))}, nil
	}
	var all []string
	for i, was := range kept.Findings {
		is := again.Findings[i]
		if was.Name != is.Name || was.N != is.N || !isClose(was, is) {
			all = append(all, fmt.Sprintf("%s is kept as %v of %d, found is %s, %v of %d", was.Name, was.Value, was.N, is.Name, is.Value, is.N))
		}
	}
	return all, nil
}

// isMadeLike reports whether a result was computed on machinery whose sums have
// the bits of this one's. Of GPUs that is not known.
func (s *setup) isMadeLike(result *stages.Result) bool {
	now, was := s.madeWith(), result.MadeWith
	return s.device.IsCPU() && was.Libtorch == now.Libtorch && was.Device == now.Device && was.CPU == now.CPU && was.Threads == now.Threads &&
		was.PlanRevision == now.PlanRevision
}

// isClose reports whether rounding explains that a number differs: half a point
// where it counts images or pairs, 1 % elsewhere.
func isClose(was, is report.Finding) bool {
	a, b := float64(was.Value), float64(is.Value)
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.IsNaN(a) && math.IsNaN(b)
	}
	if was.Unit == "%" {
		return math.Abs(a-b) <= 0.5
	}
	return math.Abs(a-b) <= 0.01*max(1, math.Abs(a))
}
