package experiments

import (
	"context"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/train"
)

// probes is the table of ways to predict classes from features. A new probe is
// a file with a constructor, a line here and one in config.
var probes = map[string]func(context.Context, *setup, config.Classifier) (probe, error){
	linearProbe: newLinear,
}

// linearProbe is the report's classifier, and the default.
const linearProbe = "linear"

// A probe predicts a class for every test image.
type probe interface {
	// Task is what there is to train, or nil.
	Task() *train.Task
	// Predict is the class of every test image, and what was measured over
	// them. Task must have been trained.
	Predict(context.Context) (predicted []byte, scores metrics.Scores, err error)
	Drop()
}

func (s *setup) newProbe(ctx context.Context, spec config.Classifier) (probe, error) {
	build, err := lookUp(probes, "probe", probeName(spec))
	if err != nil {
		return nil, err
	}
	return build(ctx, s, spec)
}

func probeName(config.Classifier) string { return linearProbe }
