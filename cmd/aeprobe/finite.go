package main

import (
	"math"
	"slices"

	"aeprobe/experiments"
	"aeprobe/internal/metrics"
)

// JSON has neither NaN nor infinities: these types print them as null.

// finiteEvaluation is e with null for scores that are not finite.
func finiteEvaluation(e *experiments.Evaluation) any {
	return struct {
		*experiments.Evaluation
		Autoencoder map[string]*float64 `json:"autoencoder"`
	}{e, finite(e.Autoencoder)}
}

// finiteEvent is e with null for scores that are not finite.
func finiteEvent(e metrics.Event) any {
	return struct {
		metrics.Event
		Scores map[string]*float64 `json:"test,omitempty"`
	}{e, finite(e.Scores)}
}

// finite has nil for scores that are not finite.
func finite(scores metrics.Scores) map[string]*float64 {
	all := make(map[string]*float64, len(scores))
	for name, score := range scores {
		all[name] = &score
	}
	for _, name := range notFinite(scores) {
		all[name] = nil
	}
	return all
}

// notFinite returns the sorted names of the scores that are not finite.
func notFinite(scores metrics.Scores) []string {
	var names []string
	for name, score := range scores {
		if math.IsNaN(score) || math.IsInf(score, 0) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
