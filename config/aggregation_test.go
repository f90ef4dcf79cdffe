package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAggregationDefaults(t *testing.T) {
	d := load(t, "report", "aggregations={local: {encoder: bce, bank_momentum: 0, batch: 128}, plain: {encoder: random, embedding: 0, epochs: 7, instance_epochs: 7}}",
		"classifiers.on_local={encoder: local, freeze: true}", "study={}")
	want := map[string]Aggregation{
		"local": {Encoder: "bce", Embedding: new(128), BankMomentum: new(0.0), Temperature: 0.07, Background: 4096, Clusterings: 10, Clusters: 1000,
			Iterations: 20, Noise: 4096, Train: Train{Epochs: 100, Batch: 128, LearningRate: 0.001}},
		"plain": {Encoder: "random", InstanceEpochs: 7, Embedding: new(0), BankMomentum: new(0.5), Temperature: 0.07, Background: 4096, Clusterings: 10,
			Clusters: 1000, Iterations: 20, Noise: 4096, Train: Train{Epochs: 7, Batch: 16, LearningRate: 0.001}},
	}
	if diff := cmp.Diff(want, d.Aggregations); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"random", "bce", "l1", "mse", "local", "plain", "end_to_end"}, d.Study.Encoders); diff != "" {
		t.Errorf("a study's encoders (-want +got):\n%s", diff)
	}
}

// TestNoAggregationsAreLeftOut: a definition's YAML decides its fingerprint, which
// existed before there were aggregations.
func TestNoAggregationsAreLeftOut(t *testing.T) {
	text, err := load(t, "report").YAML()
	if err != nil || strings.Contains(string(text), "aggregations") {
		t.Errorf("%v in\n%s", err, text)
	}
}
