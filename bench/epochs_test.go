package bench

import (
	"testing"
	"time"

	"aeprobe/internal/metrics"
)

func TestOverSteps(t *testing.T) {
	begin := time.Unix(1e9, 0)
	var ends epochEnds
	if _, err := ends.overSteps(); err == nil {
		t.Error("no epoch has a length")
	}
	// The first epoch took 30 s, which are not counted; the others 10 and 14 s, of
	// which 8 and 12 were steps.
	for _, e := range []struct {
		at   int
		kind metrics.EventKind
		done float64
	}{{30, metrics.EpochEnded, 20}, {33, metrics.Progressed, 22}, {40, metrics.EpochEnded, 28}, {54, metrics.EpochEnded, 40}} {
		ends.add(begin.Add(time.Duration(e.at)*time.Second), metrics.Event{Kind: e.kind, Seconds: e.done})
	}
	if share, err := ends.overSteps(); err != nil || share != 24.0/20 {
		t.Errorf("%v times its steps, %v", share, err)
	}
}
