package experiments

import (
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
		if want := "test BCE of autoencoders/mse is left out: it is undefined for decoded values outside 0 to 1"; !strings.Contains(string(text), want) {
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
