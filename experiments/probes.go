package experiments

import (
	"context"

	"aeprobe/config"
	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	"aeprobe/internal/train"
)

// probes is the table of ways to predict classes from features. A new probe is
// a file, a line here and one in config.
var probes = map[string]probeKind{
	"linear":       {newLinear, (*setup).linearDemand},
	"nearest_mean": {newNearestMean, (*setup).nearestMeanDemand},
}

type probeKind struct {
	build func(context.Context, *setup, config.Classifier) (probe, error)
	// demand estimates what fitting takes, without the predictions' file.
	demand func(*setup, config.Classifier) machine.Demand
}

// A probe predicts a class for every test image.
type probe interface {
	// Task is what there is to train, or nil.
	Task() *train.Task
	// Predict is the class of every test image, and what was measured over
	// them. Task must have been trained.
	Predict(context.Context) (predicted []byte, scores metrics.Scores, err error)
	// Margins are how far each test image's kept class lies behind the given
	// one, in the quantity that Predict compares; largest is the largest
	// magnitude of that quantity. A margin within rounding is a tie.
	Margins(ctx context.Context, kept, given []byte) (margins []float64, largest float64, err error)
	Drop()
}

func (s *setup) newProbe(ctx context.Context, spec config.Classifier) (probe, error) {
	kind, err := lookUp(probes, "probe", spec.ProbeName())
	if err != nil {
		return nil, err
	}
	return kind.build(ctx, s, spec)
}
