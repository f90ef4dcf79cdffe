package experiments

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/fingerprint"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
)

// TestEveryNumberHasItsSource follows every number of results.json to the
// stage it came from.
func TestEveryNumberHasItsSource(t *testing.T) {
	definition := smallReport(t, "train.epochs=1", "figures=[architecture]")
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	results, err := report.ReadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := fingerprint.OfValue(definition)
	if err != nil {
		t.Fatal(err)
	}
	if results.DefinitionFingerprint != whole {
		t.Errorf("definition fingerprint %q, want %q", results.DefinitionFingerprint, whole)
	}
	sources := map[string]report.Source{}
	epochs := map[string]int{}
	for _, a := range results.Autoencoders {
		sources["autoencoders/"+a.Name], epochs["autoencoders/"+a.Name] = a.Source, a.Training.Epochs
	}
	for _, c := range results.Classifiers {
		sources["classifiers/"+c.Name], epochs["classifiers/"+c.Name] = c.Source, c.Training.Epochs
		if diff := cmp.Diff(definition.Evaluate.Protocols, sortedKeys(c.Scores)); diff != "" {
			t.Errorf("protocols of %s: %s", c.Name, diff)
		}
	}
	for encoder, f := range results.Features {
		sources["features"] = f.Source
		if f.Source.Stage != "features" {
			t.Errorf("the features of encoder %s come from %q", encoder, f.Source.Stage)
		}
	}
	if want := []string{"autoencoders/bce", "autoencoders/l1", "autoencoders/mse", "classifiers/end_to_end",
		"classifiers/pretrained", "classifiers/random", "features"}; !cmp.Equal(want, sortedKeys(sources)) {
		t.Errorf("sources are %q", sortedKeys(sources))
	}
	for stage, got := range sources {
		result, err := stages.ReadResult(filepath.Join(dir, stage))
		if err != nil {
			t.Fatal(err)
		}
		want := report.Source{Stage: stage, Fingerprint: result.Fingerprint, MadeWith: result.MadeWith,
			Data: stages.DataUsed{Title: "synthetic data (not CIFAR-10)", Fingerprint: data.Fingerprint, Train: 512, Test: 500}}
		if result.Training != nil {
			want.DefinedEpochs = 1
			if epochs[stage] != 1 {
				t.Errorf("%s: %d epochs", stage, epochs[stage])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", stage, diff)
		}
	}
}
