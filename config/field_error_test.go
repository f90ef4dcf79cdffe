package config

import (
	"errors"
	"fmt"
	"testing"
)

func TestLocate(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "my.yaml", "base: report\nstudy:\n  files:\n    other: weights.pt\n")
	r, err := Resolve("my.yaml", Overrides{Sets: []string{"seed=5"}})
	if err != nil {
		t.Fatal(err)
	}
	reason := errors.New("it is no file of weights\nname another")
	for want, err := range map[string]error{
		"my.yaml:4: study.files.other: it is no file of weights\nname another": &FieldError{[]string{"study", "files", "other"}, reason},
		"--set: before: seed: it is no file of weights\nname another":          fmt.Errorf("before: %w", &FieldError{[]string{"seed"}, reason}),
		"study.few_labels.per_class: it is no file of weights\nname another":   &FieldError{[]string{"study", "few_labels", "per_class"}, reason},
		"it is no file of weights\nname another":                               reason,
	} {
		if got := r.Locate(err); got.Error() != want || !errors.Is(got, reason) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if err := r.Locate(nil); err != nil {
		t.Error(err)
	}
}
