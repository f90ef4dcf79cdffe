package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
)

// TestTableSaysHowClassifiersDiffer adds a joint training and a probe that is
// not trained to classifiers of the report's kind.
func TestTableSaysHowClassifiersDiffer(t *testing.T) {
	results := mixedResults()
	for _, row := range results.originRows()[:1] {
		if row.name != "train images" {
			t.Errorf("a row %q where there is nothing to say", row.name)
		}
	}
	source := Source{Stage: "classifiers/x", Data: results.Data, MadeWith: stages.MadeWith{Device: "cpu"}}
	joint := &metrics.Training{Epochs: 3, Test: metrics.Scores{"cross_entropy": 2, "accuracy": 30, "l1": 0.25, "mse": 0.125}}
	results.Classifiers = append(results.Classifiers,
		ClassifierResult{Name: "mean", Encoder: "bce", Freeze: true, Probe: "nearest_mean",
			Trained: Trained{Source: source}, Scores: results.Classifiers[0].Scores},
		ClassifierResult{Name: "joint", Encoder: config.Random, Trains: []string{"encoder", "decoder", "classifier"},
			Loss: "0.1 cross_entropy + l1", Trained: Trained{Training: joint, Source: source}, Scores: results.Classifiers[0].Scores})
	results.Published = nil
	want := map[string][]string{
		"probe":        {"linear", "linear", "linear", "nearest_mean", "linear"},
		"trained":      {"encoder, classifier", "encoder, classifier", "encoder, classifier", "none", "encoder, decoder, classifier"},
		"loss":         {"cross_entropy", "cross_entropy", "cross_entropy", "none", "0.1 cross_entropy + l1"},
		"epochs":       {"100", "24 of 30, encoder 3", "30", "none, encoder 3", "3 of 0"},
		"train images": {"50000", "50000", "512", "50000", "50000"},
	}
	got := map[string][]string{}
	for line := range strings.Lines(string(results.markdown())) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), " | ")
		if _, has := want[cells[0]]; has {
			got[cells[0]] = cells[1:]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table1.md (-want +got):\n%s\n%s", diff, results.markdown())
	}
	if want := "| 0.1 cross_entropy + l1 (joint) | - | 0.2500 | 0.12500 | 3 of 0 |"; !strings.Contains(string(results.markdown()), want) {
		t.Errorf("the auto-encoders' table does not have %q:\n%s", want, results.markdown())
	}
	for layout, want := range map[int]string{
		1: "<td>none</td><td>CIFAR-10 <code>aaaaaaaaaaaa</code></td><td></td><td></td><td>cpu</td>",
		2: `<th scope="row">classifiers/x</th><td>none</td><td class="num"><span></span></td>`,
	} {
		if !strings.Contains(pageOf(t, results, layout), want) {
			t.Errorf("the page of layout %d does not say that the probe was not trained", layout)
		}
	}
	if warnings := strings.Join(results.warnings(), "\n"); !strings.Contains(warnings, "test BCE of classifiers/x is left out") {
		t.Errorf("no warning of the score that is left out:\n%s", warnings)
	}
}

// TestFewerExamplesAreShown checks the number of images of a subset.
func TestFewerExamplesAreShown(t *testing.T) {
	results := mixedResults()
	results.Classifiers[0].Training.Examples = 500
	if got := examplesOf(results.Classifiers[0].Trained); got != "500" {
		t.Errorf("the table says %s training images", got)
	}
}
