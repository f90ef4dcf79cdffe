package fingerprint

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestDifferenceNamesTheField(t *testing.T) {
	for _, c := range []struct{ was, is, want string }{
		{`{"a": 1}`, `{"a": 1}`, ""},
		{`{"a": {"b": 1}}`, `{"a": {"b": 2}}`, "a.b was 1, is 2"},
		{`{"a": 1}`, `{"a": 1, "b": "x"}`, `b was null, is "x"`},
		{`{"a": [{"b": 1}, {"b": 2}]}`, `{"a": [{"b": 1}, {"b": 3}]}`, "a.1.b was 2, is 3"},
		{`{"a": [1]}`, `{"a": [1, 2]}`, "a was [1], is [1,2]"},
		{`{"seed": 9007199254740993}`, `{"seed": 9007199254740992}`, "seed was 9007199254740993, is 9007199254740992"},
	} {
		got, err := Difference(json.RawMessage(c.was), json.RawMessage(c.is))
		if err != nil || got != c.want {
			t.Errorf("%s to %s: %q, %v; want %q", c.was, c.is, got, err, c.want)
		}
	}
}

// The learning rates of a cosine depend on how long it is, those of steps do not.
func TestTrainingsOfACosineDifferInLength(t *testing.T) {
	inputs := func(epochs int, schedule string) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"training": {"epochs": %d, "schedule": %s}}`, epochs, schedule))
	}
	for _, c := range []struct{ schedule, want string }{
		{`null`, ""},
		{`{"type": "steps", "at": [1]}`, ""},
		{`{"type": "cosine"}`, "training.epochs was 2, is 3, and the cosine schedule's learning rates depend on it from the first epoch on"},
	} {
		for _, was := range []int{2, 3} {
			want := ""
			if was != 3 {
				want = c.want
			}
			got, err := TrainingDifference(inputs(was, c.schedule), inputs(3, c.schedule))
			if err != nil || got != want {
				t.Errorf("%s, %d epochs before: %q, %v; want %q", c.schedule, was, got, err, want)
			}
		}
	}
}

func TestDifferenceLeavesFieldsOut(t *testing.T) {
	was, is := json.RawMessage(`{"training": {"epochs": 1, "batch": 16}}`), json.RawMessage(`{"training": {"epochs": 2, "batch": 16}}`)
	if got, err := Difference(was, is, "training.epochs"); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	is = json.RawMessage(`{"training": {"epochs": 2, "batch": 8}}`)
	if got, err := Difference(was, is, "training.epochs"); err != nil || got != "training.batch was 16, is 8" {
		t.Errorf("%q, %v", got, err)
	}
}
