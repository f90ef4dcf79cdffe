package experiments

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/train"
)

// TestFurtherSeedsKeepWhatIsThere adds a seed to a finished run. The second one's
// weights are those of a run of its own.
func TestFurtherSeedsKeepWhatIsThere(t *testing.T) {
	sets := []string{"autoencoders={bce: {loss: bce}, l1: null, mse: null}", "figures=[architecture]", "train.epochs=1"}
	alone := smallReport(t, append(sets, "seed=5")...)
	data := smallData(t, alone)
	other := t.TempDir()
	if _, err := runInto(t, t.Context(), other, "classifiers/pretrained", alone, data, nil); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", smallReport(t, sets...), data, nil); err != nil {
		t.Fatal(err)
	}
	both := smallReport(t, append(sets, "seeds=[87, 5]")...)
	events, err := runInto(t, t.Context(), dir, "", both, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"figures", "seeds/5/autoencoders/bce", "seeds/5/classifiers/end_to_end", "seeds/5/classifiers/pretrained", "seeds/5/classifiers/random"}
	if diff := cmp.Diff(want, stagesOf(events, metrics.StageFinished)); diff != "" {
		t.Errorf("with a further seed (-want +finished):\n%s", diff)
	}
	for _, stage := range []string{"autoencoders/bce", "classifiers/pretrained"} {
		expected, err := os.ReadFile(filepath.Join(other, stage, train.CheckpointFile))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "seeds/5", stage, train.CheckpointFile))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(expected) {
			t.Errorf("%s of seed 5 has other weights than alone", stage)
		}
	}
	results, err := report.ReadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(results.Repeats) != 1 || results.Repeats[0].Seed != 5 || len(results.OfSeed(5)) != 3 || len(results.OfSeed(87)) != 3 {
		t.Errorf("the further seed's results are %+v", results.Repeats)
	}
	verifyAll(t, both, data, dir)
	if files, left, err := WeightsOf(dir, both); err != nil || len(files) != 8 || len(left) != 0 {
		t.Errorf("weights are %v, left over %v (%v)", files, left, err)
	}
	if run, err := RunOf(filepath.Join(dir, "seeds/5/autoencoders/bce", train.CheckpointFile)); err != nil || filepath.Clean(run) != filepath.Clean(dir) {
		t.Errorf("the run of a further seed's weights is %s (%v), not %s", run, err, dir)
	}
}
