package experiments

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
		got, err := difference(json.RawMessage(c.was), json.RawMessage(c.is))
		if err != nil || got != c.want {
			t.Errorf("%s to %s: %q, %v; want %q", c.was, c.is, got, err, c.want)
		}
	}
}
