package experiments

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
)

// TestRunMakesAgainOnlyWhatDependsOnAChange runs a whole report three times.
func TestRunMakesAgainOnlyWhatDependsOnAChange(t *testing.T) {
	const figures = "figures=[architecture, pca, decoded]"
	definition := smallReport(t, figures)
	data := smallData(t, definition)
	dir := t.TempDir()
	events, err := runInto(t, t.Context(), dir, "", definition, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	everything := []string{"autoencoders/bce", "autoencoders/l1", "autoencoders/mse", "classifiers/end_to_end",
		"classifiers/pretrained", "classifiers/random", "features", "figures"}
	if diff := cmp.Diff(everything, stagesOf(events, metrics.StageFinished)); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"definition.yaml", "results.json", "table1.csv", "table1.md", "report.html",
		"figures/fig1-architecture.svg", "figures/fig3-pca.png", "figures/fig9-decoded-end-to-end.png", "figures/images.jpg",
		"features/bce.npy", "classifiers/random/predictions.csv", "autoencoders/mse/checkpoint.safetensors"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}

	events, err = runInto(t, t.Context(), dir, "", definition, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everything, stagesOf(events, metrics.StageUpToDate)); diff != "" {
		t.Errorf("the second run: %s", diff)
	}

	events, err = runInto(t, t.Context(), dir, "", smallReport(t, figures, "classifiers.pretrained.learning_rate=0.01"), data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"classifiers/pretrained", "figures"}, stagesOf(events, metrics.StageFinished)); diff != "" {
		t.Errorf("after a change of one classifier: %s", diff)
	}
	if !anEvent(events, metrics.Warning, "training.learning_rate was 0.001, is 0.01") {
		t.Errorf("no word of what changed in %v", events)
	}
	if kept, err := filepath.Glob(filepath.Join(dir, "superseded", "classifiers", "pretrained-*", train.CheckpointFile)); err != nil || len(kept) != 1 {
		t.Errorf("the earlier result is not kept: %v, %v", kept, err)
	}
}

// TestAnInterruptedChangeIsNotTakenForDone begins features of other images,
// which overwrites files, and then asks for the first ones again.
func TestAnInterruptedChangeIsNotTakenForDone(t *testing.T) {
	short := []string{"train.epochs=1", "autoencoders.l1=null", "autoencoders.mse=null"}
	first, second := smallReport(t, short...), smallReport(t, append(short, "features.images=100")...)
	data := smallData(t, first)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, featuresStage, first, data, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := runInto(t, ctx, dir, featuresStage, second, data, func(e metrics.Event) {
		if e.Kind == metrics.StageStarted {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	events, err := runInto(t, t.Context(), dir, featuresStage, first, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{featuresStage}, stagesOf(events, metrics.StageFinished)); diff != "" {
		t.Error(diff)
	}
}

func stagesOf(events []metrics.Event, kind metrics.EventKind) []string {
	var names []string
	for _, e := range events {
		if e.Kind == kind {
			names = append(names, e.Stage)
		}
	}
	slices.Sort(names)
	return names
}

func TestTheTableSaysWhatItIsMadeFrom(t *testing.T) {
	definition := smallReport(t, "figures=[]")
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, smallData(t, definition), nil); err != nil {
		t.Fatal(err)
	}
	markdown, err := os.ReadFile(filepath.Join(dir, "table1.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"synthetic data (not CIFAR-10)", "trained for 2 epochs, the report's networks for 100", "64.90"} {
		if !strings.Contains(string(markdown), want) {
			t.Errorf("table1.md does not say %q:\n%s", want, markdown)
		}
	}
	results, err := report.ReadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	evaluation, err := Eval(t.Context(), definition, smallData(t, definition), filepath.Join(dir, "classifiers/end_to_end", train.CheckpointFile), torch.CPU, 1)
	if err != nil {
		t.Fatal(err)
	}
	last := results.Classifiers[len(results.Classifiers)-1]
	if diff := cmp.Diff(last.Scores, evaluation.Classifier); diff != "" {
		t.Errorf("the stored weights give another accuracy (-table +weights):\n%s", diff)
	}
}

// TestALossThatIsNotFiniteStopsTheStage makes the 12th loss NaN.
func TestALossThatIsNotFiniteStopsTheStage(t *testing.T) {
	definition := smallReport(t)
	r := testRunOf(t, definition, smallData(t, definition))
	task, err := r.newAutoencoderTask(definition.Autoencoders["bce"])
	if err != nil {
		t.Fatal(err)
	}
	defer task.Drop()
	steps, sane := 0, task.Loss
	task.Network = nil // no plan would call Loss
	task.Loss = func(index *ts.Tensor) (*ts.Tensor, error) {
		loss, err := sane(index)
		if steps++; err != nil || steps != 12 {
			return loss, err
		}
		defer torch.Drop(loss)
		nan, err := torch.FromSlice([]float32{float32(math.NaN())})
		if err != nil {
			return nil, err
		}
		defer torch.Drop(nan)
		return loss.Mul(nan, false)
	}
	all, err := r.unfold()
	if err != nil {
		t.Fatal(err)
	}
	if all, err = stages.Closure(all, "autoencoders/bce"); err != nil {
		t.Fatal(err)
	}
	folder := r.dir.Folder(all[0])
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = r.trainStage(t.Context(), all[0], task)
	var notFinite *train.NonFiniteError
	if !errors.As(err, &notFinite) {
		t.Fatalf("got %v", err)
	}
	if notFinite.Epoch != 1 || notFinite.Step != 12 {
		t.Errorf("found at epoch %d, step %d", notFinite.Epoch, notFinite.Step)
	}
	state, err := weights.Read(filepath.Join(folder, train.StateFile))
	if err != nil {
		t.Fatal(err)
	}
	if at := state.Metadata["position"]; !strings.Contains(at, `"step":8`) {
		t.Errorf("the checkpoint is of %s, want step 8", at)
	}
	if _, err := os.Stat(filepath.Join(folder, train.PreviousStateFile)); err == nil {
		t.Error("there is a second checkpoint")
	}
}
