package experiments

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
)

// earlierReport is the definition of testdata/earlier, and a copy of one of its
// run directories.
func earlierReport(t *testing.T, run string, sets ...string) (definition *config.Definition, dir string) {
	t.Helper()
	definition, err := config.Load("testdata/earlier/report.yaml", sets)
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), run)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata/earlier", run))); err != nil {
		t.Fatal(err)
	}
	return definition, dir
}

func TestStagesOfAnEarlierVersionAreUpToDate(t *testing.T) {
	definition, dir := earlierReport(t, "finished")
	events, err := runInto(t, t.Context(), dir, "", definition, smallData(t, definition), nil)
	if err != nil {
		t.Fatal(err)
	}
	everything := []string{"autoencoders/bce", "autoencoders/l1", "classifiers/end_to_end",
		"classifiers/pretrained", "classifiers/random", "features", "figures"}
	if diff := cmp.Diff(everything, stagesOf(events, metrics.StageUpToDate)); diff != "" {
		t.Error(diff)
	}
}

func TestARunOfAnEarlierVersionVerifies(t *testing.T) {
	definition, dir := earlierReport(t, "finished")
	verdicts := map[stages.Verdict]int{}
	err := Verify(t.Context(), definition, smallData(t, definition), Options{Dir: dir, Device: torch.CPU, Threads: 1}, func(c stages.Check) {
		verdicts[c.Verdict]++
		if c.Verdict != stages.Equal {
			t.Errorf("%+v", c)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if verdicts[stages.Equal] < 45 {
		t.Errorf("only %d comparisons, the earlier version made 45", verdicts[stages.Equal])
	}
}

func TestATrainingThatAnEarlierVersionBeganGoesOn(t *testing.T) {
	const stage = "classifiers/end_to_end"
	definition, dir := earlierReport(t, "unfinished", "train.epochs=84")
	events, err := runInto(t, t.Context(), dir, stage, definition, smallData(t, definition), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Kind == metrics.StageResumed && (e.Stage != stage || e.Epoch != 83 || e.Step != 8) {
			t.Errorf("resumed at %+v", e)
		}
	}
	if diff := cmp.Diff([]string{stage}, stagesOf(events, metrics.StageResumed)); diff != "" {
		t.Error(diff)
	}
	metrics, err := metrics.Read(filepath.Join(dir, stage))
	if err != nil {
		t.Fatal(err)
	}
	if len(metrics) != 84 {
		t.Errorf("%d lines of metrics after 84 epochs", len(metrics))
	}
}
