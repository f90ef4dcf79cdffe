package forecast

import (
	"encoding/json"
	"fmt"

	"aeprobe/internal/fingerprint"
)

// irrelevant are the fields of a stage's inputs on which its time does not depend:
// an epoch takes as long, however many there are.
var irrelevant = map[string]bool{"seed": true, "seeds": true, "study_seed": true, "data": true, "epochs": true, "learning_rate": true,
	"schedule": true, "pretrained": true, "weight_decay": true, "momentum": true}

// Key is the same for stages that take the same time: those with such inputs, as
// JSON, on a machine that is described by its parts.
func Key(inputs json.RawMessage, machine any) (string, error) {
	var tree any
	if err := json.Unmarshal(inputs, &tree); err != nil {
		return "", fmt.Errorf("inputs of a stage: %w", err)
	}
	sum, err := fingerprint.OfValue(struct {
		Inputs  any `yaml:"inputs"`
		Machine any `yaml:"machine"`
	}{relevant(tree), machine})
	return string(sum), err
}

// relevant is a tree without what is irrelevant and without sums.
func relevant(tree any) any {
	switch v := tree.(type) {
	case map[string]any:
		kept := map[string]any{}
		for key, value := range v {
			if !irrelevant[key] && !fingerprint.IsSum(value) {
				kept[key] = relevant(value)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i := range v {
			kept[i] = relevant(v[i])
		}
		return kept
	default:
		return v
	}
}
