package stages

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/metrics"
)

// TestAResultHoldsWhatItsKindMeasured writes a detail next to the fields, and
// reads it back with one that this version does not know.
func TestAResultHoldsWhatItsKindMeasured(t *testing.T) {
	r := Result{Stage: "clusters", Training: &metrics.Training{Epochs: 2}}
	if err := r.SetDetail("clusters", map[string]int{"k": 10}); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `,"clusters":{"k":10}}`) {
		t.Errorf("not a key of the object: %s", text)
	}
	newer := strings.TrimSuffix(string(text), "}") + `,"from_the_future":[1]}`
	var back Result
	if err := json.Unmarshal([]byte(newer), &back); err != nil {
		t.Fatal(err)
	}
	if back.Stage != "clusters" || back.Training.Epochs != 2 || string(back.Details["from_the_future"]) != "[1]" || len(back.Details) != 2 {
		t.Errorf("%+v", back)
	}
	var clusters map[string]int
	if err := back.Detail("clusters", &clusters); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"k": 10}, clusters); diff != "" {
		t.Error(diff)
	}
	if err := back.Detail("features", &clusters); err == nil || !strings.Contains(err.Error(), `clusters: result.json has no "features"`) {
		t.Errorf("a missing detail: %v", err)
	}
}
