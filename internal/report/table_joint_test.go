package report

import (
	"strings"
	"testing"

	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
)

// jointResults have an auto-encoder, a classifier and a joint training, with two
// seeds each.
func jointResults() *Results {
	trained := func(scores metrics.Scores) Trained {
		return Trained{Training: &metrics.Training{Epochs: 3, Test: scores}}
	}
	seed := func(shift float64) ([]AutoencoderResult, []ClassifierResult) {
		return []AutoencoderResult{{Name: "bce", Loss: "bce", Trained: trained(metrics.Scores{"bce": 0.551 + shift, "mse": 0.1})}},
			[]ClassifierResult{
				{Name: "labels", Trained: trained(metrics.Scores{"accuracy": 60 + shift, "cross_entropy": 1})},
				{Name: "both", Loss: "10 bce + cross_entropy", Alternate: true, Joint: true, Classify: "reconstruction",
					Trained: trained(metrics.Scores{"accuracy": 58 + 1000*shift, "bce": 0.56, "cross_entropy": 1, GradientCosine: -0.25})},
			}
	}
	r := &Results{Seed: 87, PixelEntropy: 0.549, Data: stages.DataUsed{Title: "CIFAR-10", Test: 200}}
	r.Autoencoders, r.Classifiers = seed(0)
	again := Repeat{Seed: 88}
	again.Autoencoders, again.Classifiers = seed(0.002)
	r.Repeats = []Repeat{again}
	return r
}

// TestJointTable checks cells by hand: 0.551 and 0.553 lie 0.002 and 0.004 above
// the floor, 0.003 on average, and deviate by 0.002 / sqrt(2).
func TestJointTable(t *testing.T) {
	r := jointResults()
	table := r.jointTable()
	text := table.RenderMarkdown()
	for _, want := range []string{
		"| network | trained on | classifier reads | accuracy, % | BCE above the floor | cosine |",
		"| bce | bce |  |  | 0.0030 ± 0.0014 |  |",
		"| labels | cross_entropy | encoder | 60.00 ± 0.00 |  |  |",
		"| both | 10 bce + cross_entropy, in turn | reconstruction | 59.00 ± 1.41 | 0.011 ± 0 | -0.25 ± 0 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if !strings.Contains(table.Caption, "0.5490") || !strings.Contains(table.Caption, "3 epochs") || !strings.Contains(table.Caption, "2 seeds (87, 88)") {
		t.Errorf("the caption is %q", table.Caption)
	}
	r.Classifiers = r.Classifiers[:1]
	for _, table := range r.StudyTables() {
		if table.Title == "joint training" {
			t.Error("a table of joint trainings without any")
		}
	}
}
