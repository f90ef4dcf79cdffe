package sweep

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"aeprobe/config"
)

// overridesOf expands a grid into its runs' overrides.
func overridesOf(t *testing.T, text string, defaults Overrides) []string {
	t.Helper()
	g, err := parseGrid("grid.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, o := range g.expand(defaults) {
		all = append(all, o.String())
	}
	return all
}

func TestExpand(t *testing.T) {
	for name, c := range map[string]struct {
		grid     string
		defaults Overrides
		want     []string
	}{
		"the last field is the fastest": {"base: smoke\nsweep: {seed: 1..2, model.pool: [avg, max]}\n", nil,
			[]string{`{"model.pool":"avg","seed":1}`, `{"model.pool":"max","seed":1}`, `{"model.pool":"avg","seed":2}`, `{"model.pool":"max","seed":2}`}},
		"steps and negative numbers": {"base: smoke\nsweep: {seed: 10..35..10, x: -1..1}\n", nil,
			[]string{`{"seed":10,"x":-1}`, `{"seed":10,"x":0}`, `{"seed":10,"x":1}`, `{"seed":20,"x":-1}`, `{"seed":20,"x":0}`, `{"seed":20,"x":1}`,
				`{"seed":30,"x":-1}`, `{"seed":30,"x":0}`, `{"seed":30,"x":1}`}},
		"values keep their type": {"base: smoke\nsweep: {a: [1e-05, 0.5, \"3.90\", 4294967295, true, [bce, l1], {bce: 1, l1: 0.5}]}\n", nil,
			[]string{`{"a":0.00001}`, `{"a":0.5}`, `{"a":"3.90"}`, `{"a":4294967295}`, `{"a":true}`, `{"a":["bce","l1"]}`, `{"a":{"bce":1,"l1":0.5}}`}},
		"listed runs come after, each once": {"base: smoke\nsweep: {seed: 1..2}\nruns: [{seed: 2}, {seed: 9, model.pool: max}, {model.pool: max, seed: 9}]\n", nil,
			[]string{`{"seed":1}`, `{"seed":2}`, `{"model.pool":"max","seed":9}`}},
		"what the base says anyway is no other run": {"base: smoke\nsweep: {seed: 1..2}\nruns: [{seed: 2, model.pool: avg}]\n", Overrides{"model.pool": []byte(`"avg"`)},
			[]string{`{"seed":1}`, `{"seed":2}`}},
	} {
		if diff := cmp.Diff(c.want, overridesOf(t, c.grid, c.defaults)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestWrongGridsAreRefused looks for the line and the words of each problem.
func TestWrongGridsAreRefused(t *testing.T) {
	for grid, want := range map[string]string{
		"":                                              "grid.yaml:1: expected base:",
		"- a\n":                                         "grid.yaml:1: expected base:",
		"base: smoke\n":                                 "sweep: missing, and so is runs",
		"sweep: {seed: 1..2}\n":                         "base: missing",
		"base: smoke\nsweeps: {seed: 1..2}\n":           "grid.yaml:2: sweeps: unknown key",
		"base: smoke\nsweep:\n  seed: 5\n":              "grid.yaml:3: seed: expected a list of values, or a range",
		"base: smoke\nsweep:\n  seed: 5..1\n":           "grid.yaml:3: seed: the range 5..1 is empty",
		"base: smoke\nsweep:\n  seed: 1..9..0\n":        "not a range of whole numbers",
		"base: smoke\nsweep:\n  seed: 1..2000000\n":     "more than 1000000 values",
		"base: smoke\nsweep: {a: 1..2000, b: 1..2000}":  "more than 1000000 runs",
		"base: smoke\nsweep:\n  seed: [1]\n  seed: [2]": "grid.yaml:4: seed: duplicate key, first set on line 3",
		"base: smoke\nsweep: {seed: [010]}\n":           "010 is octal in YAML 1.1",
		"base: smoke\nsweep: {seed: [1]}\nkeep: some\n": `keep: found "some", expected results or everything`,
		"base: smoke\nsweep: {seed: [1]}\nthreads: 0\n": "threads: found 0, expected 1 or more",
		"base: smoke\nset: {train: {epochs: 3}}\nsweep:\n  train.epochs: [1, 2]\n": "grid.yaml:4: train.epochs: set twice: it overrides train",
		"base: smoke\nset: {seed: 1}\nruns:\n  - {seed: 2}\n":                      "grid.yaml:4: seed: set twice",
		"base: smoke\nsweep: {data.set: [cifar10, cifar100]}\n":                    "data.set: cannot be swept",
		"base: smoke\nsweep: {data.path: [a, b]}\n":                                "data.path: cannot be swept",
		"base: smoke\nruns:\n  - {seed: 1}\n  - {data.path: a}\n":                  "grid.yaml:4: data.path: cannot be swept",
		"base: smoke\nset: {seed: 1}\nruns:\n  - {seed: 2}\n  - {seed: 3}\n":       "grid.yaml:4: seed: set twice",
		"base: smoke\nsweep: {seed: [1\n":                                          "grid.yaml",
	} {
		_, err := parseGrid("grid.yaml", []byte(grid))
		wrong, is := errors.AsType[*config.Error](err)
		if !is || !strings.Contains(wrong.Error(), want) {
			t.Errorf("%q: %v\nwant %q", grid, err, want)
		}
	}
}

// plannerForTests fixes what tests need without libtorch.
var plannerForTests = Planner{
	Fix: func(_ *config.Definition, f *Fixed) error {
		f.Device, f.Capability, f.Libtorch, f.Data = "cpu", "avx2", "2.11.0", FixedData{Set: "synthetic", Path: "synthetic", Title: "synthetic data"}
		return nil
	},
	Estimate: func(*config.Definition, *Fixed) (PerRun, error) {
		return PerRun{Disk: 1000, Files: 10, Seconds: 2}, nil
	},
}

func plan(t *testing.T, dir, grid string) (*Plan, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grid.yaml")
	if err := os.WriteFile(path, []byte(grid), 0o644); err != nil {
		t.Fatal(err)
	}
	g, err := ReadGrid(path)
	if err != nil {
		t.Fatal(err)
	}
	return Make(g, dir, plannerForTests)
}

func TestPlanAppendsAndNeverRenumbers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "g")
	first, err := plan(t, dir, "base: smoke\nsweep: {seed: 1..3, model.pool: [avg]}\n")
	if err != nil || first.Added != 3 {
		t.Fatalf("%+v, %v", first, err)
	}
	before, err := os.ReadFile(filepath.Join(dir, RunsFile))
	if err != nil {
		t.Fatal(err)
	}
	// avg is what the base says, so seed 3 is there already.
	more, err := plan(t, dir, "base: smoke\nsweep: {seed: 3..5}\nruns: [{seed: 0, model.pool: max}]\n")
	if err != nil || more.Added != 3 || more.Dropped != 2 || len(more.Runs) != 6 {
		t.Fatalf("%+v, %v", more, err)
	}
	after, err := os.ReadFile(filepath.Join(dir, RunsFile))
	if err != nil || !strings.HasPrefix(string(after), string(before)) {
		t.Errorf("earlier lines changed:\n%s\n%s", before, after)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range s.Runs {
		if r.Number != i {
			t.Errorf("run %d has number %d", i, r.Number)
		}
	}
	if diff := cmp.Diff([]string{"seed", "model.pool"}, s.Fields); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(more.Runs, s.Runs, cmpopts.IgnoreUnexported(Run{})); diff != "" {
		t.Error(diff)
	}
	if again, err := plan(t, dir, "base: smoke\nsweep: {seed: 1..5}\n"); err != nil || again.Added != 0 {
		t.Errorf("planned again: %+v, %v", again, err)
	}
}

func TestPlanRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "g")
	if _, err := plan(t, dir, "base: smoke\nsweep: {seed: 1..3}\n"); err != nil {
		t.Fatal(err)
	}
	for grid, want := range map[string]string{
		"base: smoke\nset: {train.epochs: 9}\nsweep: {seed: 1..4}\n":     "was planned from another definition",
		"base: smoke\nthreads: 2\nsweep: {seed: 1..4}\n":                 "threads was 1, is 2",
		"base: smoke\nsweep:\n  seed: 1..3\n  model.pool: [avg, mean]\n": `grid.yaml:4: model.pool: `,
		"base: smoke\nsweep: {seed: [1, -4]}\n":                          "run 1, ",
		"base: smoke\nruns:\n  - {seed: -4}\n  - {seed: 1}\n":            "grid.yaml:3: seed: ",
		"base: nothing\nsweep: {seed: [1]}\n":                            `no built-in definition`,
	} {
		if _, err := plan(t, dir, grid); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\nwant %q", grid, err, want)
		}
	}
	if s, err := Open(dir); err != nil || len(s.Runs) != 3 {
		t.Errorf("after refusals: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, BaseFile), []byte("base: smoke\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "has changed since the sweep was planned") {
		t.Errorf("a changed base: %v", err)
	}
	theirs := t.TempDir()
	if err := os.WriteFile(filepath.Join(theirs, "thesis.tex"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := plan(t, theirs, "base: smoke\nsweep: {seed: [1]}\n"); err == nil || !strings.Contains(err.Error(), "not empty, and no sweep") {
		t.Errorf("somebody else's folder: %v", err)
	}
}
