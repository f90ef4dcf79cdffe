package experiments

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/fingerprint"
	"aeprobe/internal/torch"
)

// Stages of measures that find what they always found have the inputs that they
// always had; the others tell their version.
func TestVersionsOfMeasures(t *testing.T) {
	definition := smallStudy(t)
	s := newSetup(definition, smallData(t, definition), Options{Dir: t.TempDir(), Device: torch.CPU, Threads: 1})
	changed := map[string]any{}
	for _, name := range sortedKeys(measures) {
		kind := measures[name]
		if kind.measure == nil {
			continue
		}
		text, err := fingerprint.Canonical(s.studyStage(new(plan), featureSet{encoder: meanColour}, name, kind, "").Inputs)
		if err != nil {
			t.Fatal(err)
		}
		var in map[string]any
		if err := json.Unmarshal(text, &in); err != nil {
			t.Fatal(err)
		}
		keys := sortedKeys(in)
		version, has := in["measure_version"]
		if has {
			changed[name] = version
			keys = slices.DeleteFunc(keys, func(key string) bool { return key == "measure_version" })
		}
		if in["measure"] != name {
			t.Errorf("%s: %v", name, in)
		}
		want := []string{"data", "decoder", "encoder", "features", "kind", "measure", "seed", "settings", "study_seed"}
		if in["settings"] == nil {
			want = slices.DeleteFunc(want, func(key string) bool { return key == "settings" })
		}
		if diff := cmp.Diff(want, keys); diff != "" {
			t.Errorf("inputs of %s (-want +got):\n%s", name, diff)
		}
	}
	want := map[string]any{"clusters": 2.0, "episodes": 2.0, "few_labels": 2.0, "geometry": 2.0, "same_different": 3.0}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Error(diff)
	}
}
