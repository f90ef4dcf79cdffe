package experiments

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
)

// residualReport is a small report on residual networks with every shortcut.
func residualReport(t *testing.T, sets ...string) *config.Definition {
	t.Helper()
	definition := smallReport(t, append([]string{"data.train=128", "autoencoders.l1=null", "autoencoders.mse=null",
		"figures=[architecture, decoded]"}, sets...)...)
	definition.Model = residualModel()
	return definition
}

func residualModel() config.Model {
	conv := func(out, stride int) config.Layer {
		return config.Layer{Type: "conv2d", Out: out, Kernel: 3, Stride: stride, Padding: 1, Bias: new(false)}
	}
	norm, relu := config.Layer{Type: "batch_norm2d"}, config.Layer{Type: "relu"}
	block := func(shortcut string, stride, scale int, layers ...config.Layer) config.Layer {
		return config.Layer{Type: "residual", Shortcut: shortcut, Stride: stride, Scale: scale, Layers: layers}
	}
	return config.Model{Pool: "avg",
		Encoder: []config.Layer{conv(4, 2), norm, relu,
			block(config.ShortcutIdentity, 0, 0, conv(4, 1), norm, relu, conv(4, 1), norm),
			block(config.ShortcutPad, 2, 0, conv(6, 2), norm, relu, conv(6, 1), norm),
			block(config.ShortcutConv, 2, 0, conv(8, 2), norm)},
		Decoder: []config.Layer{{Type: "avg_pool2d", Kernel: 4, Stride: 4},
			{Type: "conv_transpose2d", Out: 8, Kernel: 8, Stride: 1, Bias: new(false)}, norm, relu,
			block(config.ShortcutUpsample, 0, 2, config.Layer{Type: "upsample", Scale: 2}, conv(4, 1), norm),
			{Type: "upsample", Scale: 2}, {Type: "conv2d", Out: 3, Kernel: 3, Stride: 1, Padding: 1}, {Type: "sigmoid"}},
	}
}

// TestResidualNetworksFromTrainingToVerify: what is trained is verified, and a
// frozen encoder keeps every bit, running statistics too.
func TestResidualNetworksFromTrainingToVerify(t *testing.T) {
	definition := residualReport(t)
	f := finished{t, definition, smallData(t, definition), t.TempDir()}
	if _, err := runInto(t, t.Context(), f.dir, "", definition, f.data, nil); err != nil {
		t.Fatal(err)
	}
	if different := f.verified(stages.Different); len(different) > 0 {
		t.Errorf("nothing was changed: %+v", different)
	}
	pretrained, frozen := checkpointOf(t, f.dir, "autoencoders/bce"), checkpointOf(t, f.dir, "classifiers/pretrained")
	compared := 0
	for name, a := range pretrained.Tensors {
		if compared++; !bytes.Equal(a.Data, frozen.Tensors[name].Data) {
			t.Errorf("training on a frozen encoder changed %s", name)
		}
	}
	const norm = "encoder.4.bn2.num_batches_tracked"
	if n, err := frozen.Tensors[norm].Int64s(); err != nil || n[0] != int64(definition.Train.Epochs*128/definition.Train.Batch) || compared < 50 {
		t.Errorf("%d tensors were compared; %s is %v, %v", compared, norm, n, err)
	}
	forged := f.copied(t)
	forged.forgeWeight("classifiers/pretrained", "encoder.5.downsample.1.running_var", func(w []float32) { w[0] += 10 })
	if !slices.ContainsFunc(forged.verified(stages.Different), func(c stages.Check) bool {
		return c.Subject == "classifiers/pretrained" && strings.Contains(strings.Join(c.Differences, "\n"), "downsample.1.running_var should not have changed")
	}) {
		t.Error("a changed running variance of a shortcut was not found")
	}
}

// TestResidualNetworksAreResumed interrupts trainings again and again.
func TestResidualNetworksAreResumed(t *testing.T) {
	definition := residualReport(t, "data.train=256")
	data := smallData(t, definition)
	for _, stage := range []string{"autoencoders/bce", "classifiers/end_to_end"} {
		endsTheSameInterrupted(t, definition, data, stage, 2)
	}
}

// TestResidualNetworksWithoutASigmoid trains on l1 and mse.
func TestResidualNetworksWithoutASigmoid(t *testing.T) {
	definition := residualReport(t, "autoencoders={l1: {loss: l1}, mse: {loss: mse}}", "autoencoders.bce=null", "classifiers.pretrained=null")
	definition.Model.Decoder = definition.Model.Decoder[:len(definition.Model.Decoder)-1]
	data, dir := smallData(t, definition), t.TempDir()
	for _, loss := range []string{"l1", "mse"} {
		if _, err := runInto(t, t.Context(), dir, "autoencoders/"+loss, definition, data, nil); err != nil {
			t.Fatal(err)
		}
		e, err := Eval(t.Context(), definition, data, filepath.Join(dir, "autoencoders", loss, train.CheckpointFile), torch.CPU, 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"l1", "mse"}, sortedKeys(e.Autoencoder)); diff != "" || len(metrics.Scores(e.Autoencoder).NotFinite()) > 0 {
			t.Errorf("scores of %s: %v %s", loss, e.Autoencoder, diff)
		}
	}
}

// TestEvalTakesAResNetsNames writes a classifier under akamaster's names, with
// the prefix that DataParallel leaves.
func TestEvalTakesAResNetsNames(t *testing.T) {
	definition := residualReport(t)
	data, dir := smallData(t, definition), t.TempDir()
	const stage = "classifiers/end_to_end"
	if _, err := runInto(t, t.Context(), dir, stage, definition, data, nil); err != nil {
		t.Fatal(err)
	}
	ours, err := Eval(t.Context(), definition, data, filepath.Join(dir, stage, train.CheckpointFile), torch.CPU, 1)
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.NewReplacer("encoder.0.", "module.conv1.", "encoder.1.", "module.bn1.", "encoder.3.", "module.layer1.0.",
		"encoder.4.", "module.layer2.0.", "encoder.5.", "module.layer3.0.", "classifier.", "module.linear.")
	f := &weights.File{Tensors: map[string]weights.Array{}}
	for name, a := range checkpointOf(t, dir, stage).Tensors {
		if !strings.HasPrefix(name, "decoder.") {
			f.Tensors[strings.Replace(theirs.Replace(name), ".downsample.", ".shortcut.", 1)] = a
		}
	}
	path := filepath.Join(t.TempDir(), "resnet.safetensors")
	if err := weights.WriteSafetensors(path, f); err != nil {
		t.Fatal(err)
	}
	e, err := Eval(t.Context(), definition, data, path, torch.CPU, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ours.Classifier, e.Classifier); diff != "" || len(e.Classifier) == 0 {
		t.Errorf("accuracies (-our names +theirs):\n%s", diff)
	}
	if notes := strings.Join(e.Notes, "\n"); !strings.Contains(notes, "conv1.weight is encoder.0.weight") || !strings.Contains(notes, "module.") {
		t.Errorf("notes: %s", notes)
	}
}
