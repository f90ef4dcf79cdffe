package experiments

import (
	"context"
	"fmt"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/matrix"
	"aeprobe/internal/report"
	"aeprobe/internal/stats"
)

// measures is the table of what a study can measure of features. A new one is a
// file and a line here, and one in config.
var measures = map[string]measureKind{
	"logistic":       {settings: noSettings, measure: measureLogistic},
	"knn":            {settings: func(d *config.Definition) any { return d.Study.KNN }, measure: measureKNN},
	"nearest_mean":   {settings: noSettings, measure: measureNearestMean},
	"clusters":       {settings: func(d *config.Definition) any { return d.Study.Clusters }, measure: measureClusters, version: 2},
	"few_labels":     {settings: func(d *config.Definition) any { return d.Study.FewLabels }, measure: measureFewLabels, version: 2},
	"description":    {settings: noSettings, measure: measureDescription},
	"episodes":       {settings: func(d *config.Definition) any { return classSettings{d.Study.Episodes, d.Unseen()} }, measure: measureEpisodes, version: 2},
	"same_different": {settings: func(d *config.Definition) any { return classSettings{d.Study.Pairs, d.Unseen()} }, measure: measurePairs, version: 3},
	"nuisances":      {settings: func(d *config.Definition) any { return d.Study.Components }, measure: measureNuisances},
	"alterations":    {settings: noSettings, measure: measureAlterations},
	"geometry":       {settings: noSettings, measure: measureGeometry, version: 2},
	// Of all sets together: similarity.go.
	"similarity": {},
	// Trains networks: scratch.go.
	fromScratch: {},
}

// classSettings are those of a measure that tells the classes that auto-encoders
// leave out from the others.
type classSettings struct {
	Settings any   `yaml:"settings"`
	Unseen   []int `yaml:"unseen,omitempty"`
}

type measureKind struct {
	// settings are the parts of a definition that decide what is found, beside
	// the features, the data and the study's seed.
	settings func(*config.Definition) any
	// measure is nil for a kind that has a stage of its own.
	measure func(context.Context, *features) (*found, error)
	// version is raised with every change of what is found: stages of earlier
	// versions are then out of date. 0 is the first.
	version int
}

// compared marks a finding whose predictions or scores are compared between features.
func compared(f finding) finding {
	f.Compared = true
	return f
}

func noSettings(*config.Definition) any { return nil }

// features are what a measure works on.
type features struct {
	*setup
	set featureSet
	// train and test have a row per image, [images, width].
	train, test matrix.Matrix
	// axes are what principal components are along; nil for other features.
	axes *axes
}

// study is the definition's.
func (f *features) study() *config.Study { return f.definition.Study }

// found is what a measure found.
type found struct {
	// protocol is how, in a sentence or two.
	protocol string
	findings []finding
	notes    []string
	details  any
}

// finding is one number, and the predictions that it counts, if it does.
type finding struct {
	report.Finding
	predicted []byte // by test image, or nil
	// scores are by fold or by episode; none for most findings.
	scores report.Scores
}

// scored adds scores to a finding, which are compared between features.
func scored(f finding, part string, scores []float64) finding {
	f.scores = report.Scores{Part: part, Values: scores}
	f.Scores = fileOf("scores", f.Name)
	return compared(f)
}

// accuracyOf is the finding that predictions of the test images make: their
// accuracy in percent, with Wilson's interval.
func (f *features) accuracyOf(name string, predicted []byte) finding {
	correct, n := matches(f.data.Test.Labels, predicted), len(predicted)
	interval := stats.Wilson(correct, n, 0.95)
	low, high := 100*interval.Low, 100*interval.High
	return finding{predicted: predicted, Finding: report.Finding{Name: name, Value: report.Number(100 * float64(correct) / float64(n)),
		Unit: "%", Low: &low, High: &high, N: n, Predictions: fileOf("predictions", name)}}
}

// fileOf names the file of a finding's predictions or scores.
func fileOf(what, name string) string {
	var slug strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.':
			slug.WriteRune(r)
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
	}
	return fmt.Sprintf("%s-%s.csv", what, strings.TrimSuffix(slug.String(), "-"))
}

// value is a finding without predictions.
func value(name string, x float64, n int) finding {
	return finding{Finding: report.Finding{Name: name, Value: report.Number(x), N: n}}
}

// of says what a finding's number counts, if not test images.
func of(what string, f finding) finding {
	f.Of = what
	return f
}

// percent is a share as a finding.
func percent(name string, share float64, n int) finding {
	f := value(name, 100*share, n)
	f.Unit = "%"
	return f
}

// matches counts the images whose label was predicted.
func matches(labels, predicted []byte) int {
	n := 0
	for i, label := range labels {
		if predicted[i] == label {
			n++
		}
	}
	return n
}
