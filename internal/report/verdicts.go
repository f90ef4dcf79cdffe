package report

import "aeprobe/internal/stats"

// ClassifiersMeasure is what verdicts call the definition's own classifiers.
const ClassifiersMeasure = "classifiers"

// Level is the share of tables without any difference that still have a verdict.
const Level = 0.05

// Verdict is how two sets of features, or two classifiers, compare under one
// measure.
type Verdict struct {
	// Measure and Finding name the predictions that are compared.
	Measure string `json:"measure"`
	Finding string `json:"finding"`
	// A and B are sets of features.
	A string `json:"a"`
	B string `json:"b"`
	// AccuracyA and AccuracyB are means over the seeds, in percent.
	AccuracyA float64 `json:"accuracy_a"`
	AccuracyB float64 `json:"accuracy_b"`
	stats.Comparison
}

// Verdicts are a run's, with where they come from.
type Verdicts struct {
	// Comparisons are in groups of one measure and finding; Holm's correction is
	// over each group.
	Comparisons []Verdict `json:"comparisons"`
	Source      Source    `json:"source,omitzero"`
}
