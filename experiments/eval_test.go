package experiments

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
)

// TestAnEncoderWithAClassifierNeedsNoDecoder takes the decoder out of trained
// weights: the accuracy is the same, and there are no losses.
func TestAnEncoderWithAClassifierNeedsNoDecoder(t *testing.T) {
	definition := smallReport(t, tiny()...)
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "classifiers/random", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "classifiers/random", train.CheckpointFile)
	whole, err := Eval(t.Context(), definition, data, path, torch.CPU, 1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for name := range f.Tensors {
		if strings.HasPrefix(name, "decoder.") {
			delete(f.Tensors, name)
		}
	}
	path = filepath.Join(t.TempDir(), "encoder.safetensors")
	if err := weights.WriteSafetensors(path, f); err != nil {
		t.Fatal(err)
	}
	part, err := Eval(t.Context(), definition, data, path, torch.CPU, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole.Classifier, part.Classifier); diff != "" || len(part.Classifier) == 0 {
		t.Errorf("accuracies: %s", diff)
	}
	if part.Autoencoder != nil || !slices.ContainsFunc(part.Notes, func(n string) bool { return strings.Contains(n, "no decoder") }) {
		t.Errorf("%v, %q", part.Autoencoder, part.Notes)
	}
}

// TestADecoderWithoutASigmoidHasNoCrossEntropy trains one on the squared error.
func TestADecoderWithoutASigmoidHasNoCrossEntropy(t *testing.T) {
	definition := smallReport(t, tiny("autoencoders.mse={loss: mse}", "autoencoders.bce=null", "classifiers.pretrained=null")...)
	definition.Model.Decoder = definition.Model.Decoder[:len(definition.Model.Decoder)-1]
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	results, err := report.ReadResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	scores := results.Autoencoders[0].Training.Test
	if diff := cmp.Diff([]string{"l1", "mse"}, sortedKeys(scores)); diff != "" {
		t.Errorf("scores: %s", diff)
	}
	for _, name := range []string{report.MarkdownFile, report.PageFile} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if want := "BCE of autoencoders/mse is left out: it is undefined for decoded values outside 0 to 1"; !strings.Contains(string(text), want) {
			t.Errorf("%s does not say %q", name, want)
		}
	}
	e, err := Eval(t.Context(), definition, data, filepath.Join(dir, "autoencoders/mse", train.CheckpointFile), torch.CPU, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(metrics.Scores(scores), e.Autoencoder); diff != "" {
		t.Errorf("eval: %s", diff)
	}
}

// TestEvalTakesWeightsFromElsewhere tests the same weights as float64 under a
// prefix.
func TestEvalTakesWeightsFromElsewhere(t *testing.T) {
	definition := smallReport(t, tiny()...)
	data := smallData(t, definition)
	dir := t.TempDir()
	if _, err := runInto(t, t.Context(), dir, "autoencoders/bce", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "autoencoders/bce", train.CheckpointFile)
	ours, err := Eval(t.Context(), definition, data, path, torch.CPU, 1)
	if err != nil {
		t.Fatal(err)
	}
	if ours.Notes != nil {
		t.Errorf("notes on our own checkpoint: %q", ours.Notes)
	}
	f, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	wide := &weights.File{Tensors: map[string]weights.Array{"n_averaged": weights.Int64s(nil, []int64{3})}}
	for name, a := range f.Tensors {
		values, err := a.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		doubles := make([]float64, len(values))
		for i, v := range values {
			doubles[i] = float64(v)
		}
		wide.Tensors["module."+name] = weights.Float64s(a.Shape, doubles)
	}
	path = filepath.Join(t.TempDir(), "averaged.safetensors")
	if err := weights.WriteSafetensors(path, wide); err != nil {
		t.Fatal(err)
	}
	theirs, err := Eval(t.Context(), definition, data, path, torch.CPU, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ours.Autoencoder, theirs.Autoencoder); diff != "" {
		t.Errorf("losses: %s", diff)
	}
	if diff := cmp.Diff([]string{`stripped prefix "module."`,
		`left out 1 tensor without that prefix: "n_averaged" (int64 [])`,
		fmt.Sprintf("converted %d tensors from float64", len(f.Tensors))}, theirs.Notes); diff != "" {
		t.Errorf("notes: %s", diff)
	}
}
