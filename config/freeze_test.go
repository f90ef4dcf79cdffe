package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAFrozenDefinitionTakesTheSameOverrides loads every built-in definition, and
// one with a base in a file, with overrides, as they are and frozen.
func TestAFrozenDefinitionTakesTheSameOverrides(t *testing.T) {
	dir := t.TempDir()
	base, mine := filepath.Join(dir, "base.yaml"), filepath.Join(dir, "mine.yaml")
	for path, text := range map[string]string{
		base: "base: smoke\ntrain: {epochs: 3, learning_rate: 0.00001}\nclassifiers: {random: null}\n",
		mine: "base: base.yaml\nautoencoders: {l1: null, bce: {losses: {bce: 1, l1: 0.5}}}\nseeds: [4, 5]\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{mine}
	for _, b := range Builtins() {
		names = append(names, b.Name)
	}
	for _, name := range names {
		frozen := filepath.Join(dir, "frozen.yaml")
		text, err := Freeze(name, []string{"data.test=600"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(frozen, text, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, sets := range [][]string{nil, {"seed=9", "train.epochs=7"}, {"autoencoders.bce.loss=mse", "model.pool=flatten"}} {
			want, errWant := Load(name, append([]string{"data.test=600"}, sets...))
			got, err := Load(frozen, sets)
			if (err == nil) != (errWant == nil) {
				t.Errorf("%s with %q: %v frozen, %v before", name, sets, err, errWant)
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s with %q:\n%s", name, sets, diff)
			}
		}
	}
}
