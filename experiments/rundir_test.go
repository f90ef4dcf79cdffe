package experiments

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/metrics"
	steps "aeprobe/internal/plan"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
)

// tiny is one training of each kind and one figure, in a second.
func tiny(sets ...string) []string {
	return append([]string{"train.epochs=1", "data.train=128", "features.images=16", "figures=[architecture]",
		"autoencoders.l1=null", "autoencoders.mse=null", "classifiers.end_to_end=null"}, sets...)
}

// TestAFolderOfTheUsersIsLeftAlone runs into a folder whose files have the names
// of ours.
func TestAFolderOfTheUsersIsLeftAlone(t *testing.T) {
	definition := smallReport(t, tiny()...)
	dir := t.TempDir()
	for name, text := range map[string]string{"definition.yaml": "# three evenings of notes\n", "results.json": `{"mine": 1}`,
		"report.html": "mine", "figures/paper.png": "mine"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := contents(t, dir)
	_, err := runInto(t, t.Context(), dir, "", definition, smallData(t, definition), nil)
	if err == nil || !strings.Contains(err.Error(), "aeprobe did not make it") || !strings.Contains(err.Error(), "pass another --out") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("the user's folder changed:\n%s", diff)
	}
}

// TestFilesAddedToARunStay puts a user's files among ours and makes everything
// around them again.
func TestFilesAddedToARunStay(t *testing.T) {
	definition := smallReport(t, tiny("figures=[architecture, confusion]")...)
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	mine := []string{"figures/annotated.png", "figures/annotated.svg", "features/notes.txt", "todo.md"}
	for _, name := range mine {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	fewer := smallReport(t, tiny()...)
	if err := Plot(t.Context(), definition, data, Options{Dir: dir, Device: torch.CPU, Threads: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := runInto(t, t.Context(), dir, "", fewer, data, nil); err != nil {
		t.Fatal(err)
	}
	kept := contents(t, dir)
	for _, name := range mine {
		if kept[name] != "mine" {
			t.Errorf("%s is %q", name, kept[name])
		}
	}
	if strings.Contains(kept["report.html"], "base64,"+base64.StdEncoding.EncodeToString([]byte("mine"))) {
		t.Error("the page shows a figure that is not ours")
	}
	for name := range kept {
		if strings.HasPrefix(name, "figures/confusion-") {
			t.Errorf("%s stays, though no figure of the definition", name)
		}
	}
	result, err := stages.ReadResult(filepath.Join(dir, "figures"))
	if err != nil {
		t.Fatal(err)
	}
	if _, counted := result.Files["annotated.png"]; counted {
		t.Error("a user's file counts as a result")
	}
}

// TestLostFilesAreMadeAgain removes files of finished stages. What can be
// restored from a checkpoint is not trained again.
func TestLostFilesAreMadeAgain(t *testing.T) {
	definition := smallReport(t, tiny()...)
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	for _, lost := range []struct{ stage, file string }{
		{"autoencoders/bce", train.CheckpointFile}, {"autoencoders/bce", metrics.File},
		{"classifiers/random", report.PredictionsFile}, {"features", "bce.npy"}, {"features", "random-pca.csv"},
		{"figures", "fig1-architecture.png"},
	} {
		t.Run(lost.file, func(t *testing.T) {
			if err := os.Remove(filepath.Join(dir, lost.stage, lost.file)); err != nil {
				t.Fatal(err)
			}
			events, err := runInto(t, t.Context(), dir, "", definition, data, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{lost.stage}, stagesOf(events, metrics.StageFinished)); diff != "" {
				t.Error(diff)
			}
			if !anEvent(events, metrics.Warning, lost.file+" is missing") {
				t.Errorf("no word of the lost file in %v", events)
			}
			for _, e := range events {
				if e.Kind == metrics.EpochEnded {
					t.Errorf("trained again: %+v", e)
				}
			}
			if got := contents(t, dir)[lost.stage+"/"+lost.file]; got != before[lost.stage+"/"+lost.file] {
				t.Error("it is not what it was")
			}
		})
	}
}

// TestATrainingWithoutItsMetricsGoesOn removes the metrics of an interrupted
// training, which its checkpoint has too.
func TestATrainingWithoutItsMetricsGoesOn(t *testing.T) {
	const stage = "autoencoders/bce"
	definition := smallReport(t)
	data := smallData(t, definition)
	whole, dir := t.TempDir(), t.TempDir()
	if _, err := runInto(t, t.Context(), whole, stage, definition, data, nil); err != nil {
		t.Fatal(err)
	}
	interrupt(t, dir, stage, definition, data, 40)
	if err := os.Remove(filepath.Join(dir, stage, metrics.File)); err != nil {
		t.Fatal(err)
	}
	if _, err := runInto(t, t.Context(), dir, stage, definition, data, nil); err != nil {
		t.Fatal(err)
	}
	compareStage(t, filepath.Join(whole, stage), filepath.Join(dir, stage))
}

// TestAFinishedRunIsNotReplacedByOneOfOtherData also looks that nothing is
// touched.
func TestAFinishedRunIsNotReplacedByOneOfOtherData(t *testing.T) {
	definition := smallReport(t, tiny()...)
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	other := *data
	other.Fingerprint = "0123456789abcdef"
	_, err := runInto(t, t.Context(), dir, "", definition, &other, nil)
	if err == nil || !strings.Contains(err.Error(), "fingerprint 0123456789ab") || !strings.Contains(err.Error(), "--data") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("the run directory changed:\n%s", diff)
	}
}

// TestOtherMachineryIsRefusedOrMarked resumes a training that was computed with
// other vector instructions, as its checkpoint says.
func TestOtherMachineryIsRefusedOrMarked(t *testing.T) {
	const stage = "autoencoders/bce"
	definition := smallReport(t, tiny("train.epochs=2")...)
	data := smallData(t, definition)
	dir := t.TempDir()
	interrupt(t, dir, stage, definition, data, 12)
	pretend(t, filepath.Join(dir, stage), `"cpu_capability":"`+torch.CPUCapability()+`"`, `"cpu_capability":"VECTORS"`)
	before := contents(t, dir)
	_, err := runInto(t, t.Context(), dir, stage, definition, data, nil)
	for _, want := range []string{`cpu_capability was "VECTORS", is "` + torch.CPUCapability(), "ATEN_CPU_CAPABILITY", "--allow-mixed"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("the refused run changed its folder:\n%s", diff)
	}
	events, err := runInto(t, t.Context(), dir, "", definition, data, nil)
	if err == nil || len(events) > 0 {
		t.Errorf("a whole run: %v after %v", err, events)
	}
	err = Run(t.Context(), definition, data, Options{Dir: dir, Device: torch.CPU, Threads: 1, AllowMixed: true})
	if err != nil {
		t.Fatal(err)
	}
	results, err := report.ReadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	if mixed := results.Autoencoders[0].Source.MadeWith.Mixed; len(mixed) != 1 || !strings.Contains(mixed[0], "VECTORS") {
		t.Errorf("the result says %q", mixed)
	}
	for _, name := range []string{report.MarkdownFile, report.PageFile} {
		for _, want := range []string{"cpu, mixed", "autoencoders/bce was computed on mixed machinery"} {
			if text := contents(t, dir)[name]; !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}

// TestOtherPlansAreRefused resumes a training whose checkpoint says that plans gave
// other bits then.
func TestOtherPlansAreRefused(t *testing.T) {
	requirePlans(t)
	const stage = "autoencoders/bce"
	definition := smallReport(t, tiny("train.epochs=2")...)
	data := smallData(t, definition)
	dir := t.TempDir()
	interrupt(t, dir, stage, definition, data, 12)
	if steps.Revision > 0 {
		pretend(t, filepath.Join(dir, stage), fmt.Sprintf(`,"plan_revision":%d`, steps.Revision), "")
	}
	pretend(t, filepath.Join(dir, stage), `"plan":true`, `"plan":true,"plan_revision":1000`)
	_, err := runInto(t, t.Context(), dir, stage, definition, data, nil)
	if want := "plan_revision was 1000"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// pretend changes what a training's checkpoints say of themselves.
func pretend(t *testing.T, dir, old, new string) {
	t.Helper()
	for _, name := range []string{train.StateFile, train.PreviousStateFile} {
		forgeMetadata(t, filepath.Join(dir, name), old, new)
	}
}

func forgeMetadata(t *testing.T, path, old, new string) {
	t.Helper()
	file, err := weights.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	changed := false
	for key, value := range file.Metadata {
		file.Metadata[key] = strings.Replace(value, old, new, 1)
		changed = changed || file.Metadata[key] != value
	}
	if !changed {
		t.Fatalf("%s does not say %s", path, old)
	}
	if err := weights.WriteSafetensors(path, file); err != nil {
		t.Fatal(err)
	}
}
