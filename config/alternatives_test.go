package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// entries loads the report with the given auto-encoders and classifiers.
func entries(t *testing.T, text string, sets ...string) *Definition {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, "my.yaml", "base: report\n"+text)
	return load(t, "my.yaml", sets...)
}

// TestEqualTrainingsAreWrittenAlike checks that definitions that mean the same
// are the same: their fingerprints must be, too.
func TestEqualTrainingsAreWrittenAlike(t *testing.T) {
	d := entries(t, `
autoencoders:
  short: {loss: l1}
  one: {losses: {l1: 1}}
  zero: {losses: {bce: 0, l1: 1.0, mse: 0}}
  half: {losses: {l1: 0.5, mse: 0}}
  sum: {losses: {mse: 0, bce: 1, l1: 2}}
classifiers:
  frozen: {encoder: bce, freeze: true}
  head: {encoder: bce, trains: [classifier], losses: {cross_entropy: 1, bce: 0}, probe: linear}
  free: {encoder: bce, freeze: false}
  both: {encoder: bce, trains: [classifier, encoder]}
  joint: {encoder: bce, trains: [classifier, decoder, encoder], losses: {bce: 1, cross_entropy: 0.1}}
  self: {encoder: bce, trains: [decoder, encoder], losses: {bce: 1}}
  mean: {encoder: bce, probe: nearest_mean}
  frozen_mean: {encoder: bce, probe: nearest_mean, freeze: true}
features: {projections: [pca]}
`)
	for name, want := range map[string]Autoencoder{
		"one":  d.Autoencoders["short"],
		"zero": d.Autoencoders["short"],
		"half": {Losses: LossSum{"l1": 0.5}, Train: d.Train},
		"sum":  {Losses: LossSum{"bce": 1, "l1": 2}, Train: d.Train},
	} {
		if diff := cmp.Diff(want, d.Autoencoders[name]); diff != "" {
			t.Errorf("auto-encoder %s (-want +got):\n%s", name, diff)
		}
	}
	for name, want := range map[string]Classifier{
		"head": d.Classifiers["frozen"],
		"both": d.Classifiers["free"],
		"joint": {Encoder: "bce", Trains: []string{"encoder", "decoder", "classifier"},
			Losses: LossSum{"bce": 1, "cross_entropy": 0.1}, Train: d.Train},
		"self":        {Encoder: "bce", Trains: []string{"encoder", "decoder"}, Losses: LossSum{"bce": 1}, Train: d.Train},
		"mean":        {Encoder: "bce", Probe: "nearest_mean", Freeze: new(true)},
		"frozen_mean": d.Classifiers["mean"],
	} {
		if diff := cmp.Diff(want, d.Classifiers[name]); diff != "" {
			t.Errorf("classifier %s (-want +got):\n%s", name, diff)
		}
	}
	if d.Features.Projections != nil {
		t.Errorf("the default projection is written out: %v", d.Features.Projections)
	}
}

// TestLaterSourcesReplaceBothWays overrides settings of a base by their
// alternatives.
func TestLaterSourcesReplaceBothWays(t *testing.T) {
	d := entries(t, `
autoencoders:
  bce: {losses: {bce: 1, mse: 3}}
  l1: {losses: {l1: 2}}
classifiers:
  random: {probe: nearest_mean}
  pretrained: {trains: [encoder, decoder, classifier], losses: {bce: 1, cross_entropy: 0.1}}
  end_to_end: {epochs: 7}
`, "autoencoders.bce.losses={mse: 0, l1: 2}", "autoencoders.l1.loss=mse", "classifiers.end_to_end.probe=nearest_mean",
		"classifiers.end_to_end.freeze=true")
	wantAutoencoders := map[string]Autoencoder{
		"bce": {Losses: LossSum{"bce": 1, "l1": 2}, Train: d.Train}, // mappings merge
		"l1":  {Loss: "mse", Train: d.Train},
		"mse": {Loss: "mse", Train: d.Train},
	}
	if diff := cmp.Diff(wantAutoencoders, d.Autoencoders); diff != "" {
		t.Errorf("auto-encoders (-want +got):\n%s", diff)
	}
	wantClassifiers := map[string]Classifier{
		"random": {Encoder: Random, Probe: "nearest_mean", Freeze: new(true)},
		"pretrained": {Encoder: "bce", Trains: []string{"encoder", "decoder", "classifier"},
			Losses: LossSum{"bce": 1, "cross_entropy": 0.1}, Train: d.Train},
		"end_to_end": {Encoder: Random, Probe: "nearest_mean", Freeze: new(true)},
	}
	if diff := cmp.Diff(wantClassifiers, d.Classifiers); diff != "" {
		t.Errorf("classifiers (-want +got):\n%s", diff)
	}
}

func TestLossSums(t *testing.T) {
	for want, sum := range map[string]LossSum{
		"bce + 0.1 cross_entropy": {"cross_entropy": 0.1, "bce": 1},
		"2 l1":                    {"l1": 2, "bce": 0},
		"1e-05 bce + 3 mse":       {"bce": 1e-5, "mse": 3},
	} {
		if got := sum.String(); got != want {
			t.Errorf("%v is written %q, want %q", map[string]float64(sum), got, want)
		}
	}
	joint := Classifier{Losses: LossSum{"bce": 1, "cross_entropy": 0}}.Sum()
	if !joint.Uses(Decoder) || joint.Uses(Head) {
		t.Error("a loss of weight 0 counts, or one of weight 1 does not")
	}
}

// TestAggregationsStartOverWithAnOptimizer, as other trainings do.
func TestAggregationsStartOverWithAnOptimizer(t *testing.T) {
	d := load(t, "aggregation", "aggregations.local={optimizer: adam, schedule: {type: cosine}}")
	if a := d.Aggregations["local"]; a.Momentum != nil || a.WeightDecay != nil || a.Schedule == nil || a.Schedule.At != nil {
		t.Errorf("of the base there is left: %+v", a.Train)
	}
}

// TestUntrainedProbesForgetWhatIsRead: a base's classify and alternate are those of
// a training.
func TestUntrainedProbesForgetWhatIsRead(t *testing.T) {
	d := load(t, "joint", "classifiers.readout={probe: nearest_mean}", "classifiers.alternating={probe: nearest_mean}")
	for _, name := range []string{"readout", "alternating"} {
		if c := d.Classifiers[name]; c.Classify != "" || c.Alternate || c.Losses != nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
