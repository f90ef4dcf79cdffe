package fingerprint

import (
	"encoding/json"
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
