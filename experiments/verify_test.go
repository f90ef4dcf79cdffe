package experiments

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/vision"
)

// finished is a small report that was run.
type finished struct {
	*testing.T
	definition *config.Definition
	data       *vision.Dataset
	dir        string
}

func finish(t *testing.T) finished {
	t.Helper()
	definition := smallReport(t, "data.train=256", "data.test=500", "autoencoders.l1=null", "autoencoders.mse=null",
		"classifiers.end_to_end=null", "figures=[architecture]")
	f := finished{t, definition, smallData(t, definition), t.TempDir()}
	if _, err := runInto(t, t.Context(), f.dir, "", definition, f.data, nil); err != nil {
		t.Fatal(err)
	}
	return f
}

// copied is the same in another folder.
func (f finished) copied(t *testing.T) *finished {
	t.Helper()
	was := f.dir
	f.T, f.dir = t, filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(f.dir, os.DirFS(was)); err != nil {
		t.Fatal(err)
	}
	return &f
}

// verified are the checks of a verdict.
func (f finished) verified(verdict stages.Verdict) []stages.Check {
	f.Helper()
	var checks []stages.Check
	err := Verify(f.Context(), f.definition, f.data, Options{Dir: f.dir, Device: torch.CPU, Threads: 1}, func(c stages.Check) {
		if c.Verdict == verdict {
			checks = append(checks, c)
		}
	})
	if err != nil {
		f.Fatal(err)
	}
	return checks
}

func (f finished) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// edit replaces the first old in a file.
func (f finished) edit(name, old, new string) {
	f.Helper()
	text, err := os.ReadFile(f.path(name))
	if err != nil {
		f.Fatal(err)
	}
	edited := strings.Replace(string(text), old, new, 1)
	if edited == string(text) {
		f.Fatalf("no %q in %s", old, name)
	}
	if err := os.WriteFile(f.path(name), []byte(edited), 0o644); err != nil {
		f.Fatal(err)
	}
}

// forge changes a stage's result and takes the checksums of its files away.
func (f finished) forge(stage string, change func(*stages.Result)) {
	f.Helper()
	result, err := stages.ReadResult(f.path(stage))
	if err != nil {
		f.Fatal(err)
	}
	result.Files = nil
	change(result)
	if err := stages.WriteJSON(f.path(stage+"/"+stages.ResultFile), result); err != nil {
		f.Fatal(err)
	}
}

func (f finished) forgetChecksums(stage string) { f.forge(stage, func(*stages.Result) {}) }

// forgeWeight changes a tensor of a stage's weights, in a file whose checksum
// fits.
func (f finished) forgeWeight(stage, name string, change func(values []float32)) {
	f.Helper()
	f.forgetChecksums(stage)
	path := f.path(stage + "/" + train.CheckpointFile)
	file, err := weights.Read(path)
	if err != nil {
		f.Fatal(err)
	}
	values, err := file.Tensors[name].Float32s()
	if err != nil {
		f.Fatal(err)
	}
	change(values)
	file.Tensors[name] = weights.Float32s(file.Tensors[name].Shape, values)
	if err := weights.WriteSafetensors(path, file); err != nil {
		f.Fatal(err)
	}
}

func (f finished) remove(names ...string) {
	f.Helper()
	for _, name := range names {
		if err := os.RemoveAll(f.path(name)); err != nil {
			f.Fatal(err)
		}
	}
}

// TestVerifyFindsWhatWasChanged looks at a run as it is, and at copies of it in
// which one thing was changed, checksums and all.
func TestVerifyFindsWhatWasChanged(t *testing.T) {
	run := finish(t)
	before := snapshot(t, run.dir)
	if different := run.verified(stages.Different); len(different) > 0 {
		t.Errorf("nothing was changed: %+v", different)
	}
	if diff := cmp.Diff(before, snapshot(t, run.dir)); diff != "" {
		t.Errorf("verify changed the folder:\n%s", diff)
	}
	for _, c := range tamperings {
		t.Run(c.name, func(t *testing.T) {
			f := run.copied(t)
			definition := *run.definition
			f.definition = &definition
			c.tamper(f)
			found := map[string]string{}
			for _, check := range f.verified(stages.Different) {
				found[check.Subject] += strings.Join(check.Differences, "\n") + "\n"
			}
			if diff := cmp.Diff(sortedKeys(c.differences), sortedKeys(found)); diff != "" {
				t.Errorf("subjects that differ (-want +got):\n%s\n%v", diff, found)
			}
			for subject, part := range c.differences {
				if !strings.Contains(found[subject], part) {
					t.Errorf("%s does not say %q:\n%s", subject, part, found[subject])
				}
			}
		})
	}
	t.Run("logits that are equal", func(t *testing.T) {
		f := run.copied(t)
		zero := func(w []float32) { clear(w) }
		f.forgeWeight("classifiers/random", "classifier.weight", zero)
		f.forgeWeight("classifiers/random", "classifier.bias", zero)
		if !slices.ContainsFunc(f.verified(stages.Equal), func(c stages.Check) bool {
			return c.Subject == "classifiers/random" && strings.HasPrefix(c.What, report.PredictionsFile) && strings.Contains(c.What, "two logits equal")
		}) {
			t.Error("predictions between equal logits are not accepted")
		}
	})
	t.Run("a run that has not come to its end", func(t *testing.T) {
		f := run.copied(t)
		f.remove("classifiers/random", "figures", report.ResultsFile, report.CSVFile, report.MarkdownFile, report.PageFile)
		if different := f.verified(stages.Different); len(different) > 0 {
			t.Errorf("%+v", different)
		}
		absent := map[string]bool{}
		for _, c := range f.verified(stages.Absent) {
			absent[c.Subject] = true
		}
		if diff := cmp.Diff([]string{"classifiers/random", "figures", report.ResultsFile}, slices.Sorted(maps.Keys(absent))); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a run in use", func(t *testing.T) {
		unlock, err := (&stages.Dir{Path: run.dir}).Lock([]*stages.Stage{{Name: "figures"}}, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		notes := run.verified(stages.Noted)
		if len(notes) != 1 || !strings.Contains(strings.Join(notes[0].Differences, ""), "works on figures") {
			t.Errorf("%+v", notes)
		}
	})
}

// snapshot is what the files of a folder are, without their content.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		files[path] = fs.FormatFileInfo(info) + info.ModTime().String()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestVerifySideBySideFindsTheSame compares what one thread finds with what two do, in the
// same order, where something was changed and where nothing was.
func TestVerifySideBySideFindsTheSame(t *testing.T) {
	run := finish(t)
	changed := run.copied(t)
	changed.edit("figures/fig1-architecture.svg", "<svg", "<svg ")
	for _, f := range []*finished{&run, changed} {
		found := map[int][]stages.Check{}
		for _, threads := range []int{1, 2} {
			err := Verify(t.Context(), f.definition, f.data, Options{Dir: f.dir, Device: torch.CPU, Threads: threads}, func(c stages.Check) {
				found[threads] = append(found[threads], c)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(found[1], found[2]); diff != "" || len(found[1]) < 20 {
			t.Errorf("%d comparisons (-one thread +two):\n%s", len(found[1]), diff)
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	err := Verify(canceled, run.definition, run.data, Options{Dir: run.dir, Device: torch.CPU, Threads: 2}, func(stages.Check) {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}
