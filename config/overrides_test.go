package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// userFile writes a user's configuration and reads it.
func userFile(t *testing.T, text string) (*UserFile, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return ReadUserFile(path, []string{"device", "threads", "data"})
}

// Flags come before variables, these before the definition, that before the user's
// file, and that before the defaults; every value says which it was.
func TestOrderOfOverrides(t *testing.T) {
	u, err := userFile(t, "threads: 3\ndefinition:\n  evaluate: {every: 5, gradients: 3}\n  checkpoint: {steps: 7}\n  seed: 5\n")
	if err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(mine, []byte("base: report\nseed: 6\n\nevaluate: {every: 2}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	set, hints, err := FromEnvironment([]string{"PATH=/bin", "AEPROBE_SEED=7", "AEPROBE_CHECKPOINT_STEPS=70", "AEPROBE_TRAIN_EPOCHS=",
		"AEPROBE_TRAIN_EPOCH=3", "AEPROBE_DEVICE=cpu", "AEPROBE_NOTHING_LIKE_IT=1"}, []string{"AEPROBE_DEVICE"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"AEPROBE_TRAIN_EPOCH sets nothing: did you mean AEPROBE_TRAIN_EPOCHS?"}, hints); diff != "" {
		t.Error(diff)
	}
	r, err := Resolve(mine, Overrides{User: u, Environment: set, Sets: []string{"checkpoint.steps=700"}})
	if err != nil {
		t.Fatal(err)
	}
	d := r.Definition
	got := []any{d.Checkpoint.Steps, d.Seed, d.Evaluate.Every, d.Evaluate.Gradients, d.Train.Epochs, u.Flags["threads"]}
	if diff := cmp.Diff([]any{700, uint64(7), 2, 3, 100, "3"}, got); diff != "" {
		t.Error(diff)
	}
	for key, want := range map[string]string{"checkpoint.steps": "--set", "seed": "AEPROBE_SEED", "evaluate.every": mine + ":4",
		"evaluate.gradients": u.Path + ":3", "autoencoders.bce.epochs": follows} {
		if got := r.Origin(splitKey(key)...); got != want {
			t.Errorf("%s comes from %s, want %s", key, got, want)
		}
	}
	if got := r.Origin("autoencoders", "bce", "loss"); !strings.HasPrefix(got, "built-in report:") {
		t.Errorf("a base's value comes from %s", got)
	}
	want := []string{"evaluate.gradients by " + u.Path + ":3", "seed by AEPROBE_SEED"}
	if diff := cmp.Diff(want, slices.Sorted(slices.Values(r.FromUser(u.Path)))); diff != "" {
		t.Error(diff)
	}
	text, err := r.Annotated()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"seed: 7 # AEPROBE_SEED\n", "  steps: 700 # --set\n", "  encoder: # built-in report:", "  gradients: 3 # " + u.Path + ":3\n"} {
		if !strings.Contains(string(text), line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
	// The comments change nothing.
	again := filepath.Join(t.TempDir(), "again.yaml")
	if err := os.WriteFile(again, text, 0o644); err != nil {
		t.Fatal(err)
	}
	same, err := Load(again, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, same); diff != "" {
		t.Error(diff)
	}
}

// What a user sets is checked as strictly as a definition, where it was written.
func TestOverridesAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"threds: 2\n": `config.yaml:1: threds: unknown key`,
		"definition:\n  train: {epochs: '3.9'}\n": `config.yaml:2: train.epochs: expected an integer >= 1, found "3.9" (a string)`,
		"definition: {name: x}\n":                 "config.yaml:1: name: cannot be set for every definition",
		"device: [cpu]\n":                         "config.yaml:1: device: expected a value, found a list",
		"device: cpu\ndevice: cuda\n":             "config.yaml:2: device: duplicate key",
		"- device\n":                              "config.yaml:1: expected a mapping",
		"\tdevice: cpu\n":                         "config.yaml: cannot parse YAML",
	} {
		u, err := userFile(t, text)
		if err == nil {
			_, err = Resolve("report", Overrides{User: u})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	_, err := Resolve("report", Overrides{Environment: map[string]Assignment{"AEPROBE_TRAIN_EPOCHS": {"train.epochs", "3.9"}}})
	if want := "AEPROBE_TRAIN_EPOCHS: train.epochs: expected an integer >= 1, found 3.9"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("a variable: %v, want %s", err, want)
	}
	if u, err := ReadUserFile(filepath.Join(t.TempDir(), "none.yaml"), nil); u != nil || err != nil {
		t.Errorf("no file: %v, %v", u, err)
	}
}

// Each built-in definition tells editors where its schema is, here and in a copy.
func TestModelines(t *testing.T) {
	for _, name := range builtinNames() {
		here, err := os.ReadFile("definitions/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		place, found := strings.CutPrefix(strings.SplitN(string(here), "\n", 2)[0], "# yaml-language-server: $schema=")
		if _, err := os.Stat(filepath.Join("definitions", place)); !found || err != nil {
			t.Errorf("%s: the modeline names %q: %v", name, place, err)
		}
		copied, err := BuiltinYAML(name)
		if err != nil || !strings.HasPrefix(string(copied), Modeline(SchemaFile)) {
			t.Errorf("%s is copied with %.60q, %v", name, copied, err)
		}
	}
}
