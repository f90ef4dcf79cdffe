package report

import (
	"fmt"

	"aeprobe/internal/stats"
)

// PublishedRow is a row of the report's Table I.
type PublishedRow struct {
	// Classifier is the mode's name in the built-in definitions.
	Classifier string    `json:"classifier"`
	PerClass   []Percent `json:"per_class"`
	Mean       Percent   `json:"mean"`
}

// published is Table I of the report (CPS 803, Ian MacPherson): accuracy per
// class on a test batch of 500, after 100 epochs.
var published = []PublishedRow{
	{"random", []Percent{50, 22, 0, 0, 25, 33, 36, 16, 73, 0}, 25.50},
	{"pretrained", []Percent{50, 66, 0, 25, 41, 16, 72, 0, 26, 0}, 29.60},
	{"end_to_end", []Percent{75, 88, 44, 50, 50, 50, 81, 83, 53, 75}, 64.90},
}

// publishedClasses are the columns of Table I.
var publishedClasses = []string{"plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// publishedEpochs is how long the report trained everything.
const publishedEpochs = 100

// publishedTrain and publishedTest are how many images the report trained on
// and how many of CIFAR-10's it kept for tests.
const (
	publishedTrain = 50000
	publishedTest  = 10000
)

// publishedBatch is how many of the test images Table I was measured on.
const publishedBatch = 500

// publishedComparison is what the report's random and pre-trained rows tell: their
// averages, taken as accuracies on its one batch.
func publishedComparison() string {
	random, pretrained := published[0], published[1]
	z, p := stats.TwoProportions(float64(pretrained.Mean)/100, publishedBatch, float64(random.Mean)/100, publishedBatch)
	verdict := "cannot tell"
	if p <= 0.05 {
		verdict = "they differ"
	}
	return fmt.Sprintf("report, %s against %s: %s - %s on %d images each: z = %.2f, p = %.2f: %s. "+
		"So many tell a difference of %.1f points in four of five cases, %d images one of %.1f.",
		pretrained.Classifier, random.Classifier, pretrained.Mean, random.Mean, publishedBatch, z, p, verdict,
		100*stats.DetectableDifference(float64(pretrained.Mean)/100, publishedBatch), publishedTest, 100*stats.DetectableDifference(float64(pretrained.Mean)/100, publishedTest))
}
