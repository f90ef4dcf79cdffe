package experiments

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/stages"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
)

// normalisedReport is a small report on networks with batch norm and max
// pooling, whose checkpoints hold more than parameters.
func normalisedReport(t *testing.T) *config.Definition {
	t.Helper()
	definition := smallReport(t, "data.train=128", "autoencoders.l1=null", "autoencoders.mse=null", "figures=[architecture]")
	definition.Model = normalisedModel()
	definition.Classifiers["tail"] = config.Classifier{Encoder: "bce", Losses: config.LossSum{"bce": 1, "cross_entropy": 1},
		Trains: []string{config.Decoder, config.Head}, Train: definition.Train}
	return definition
}

func normalisedModel() config.Model {
	return config.Model{Pool: "avg",
		Encoder: []config.Layer{
			{Type: "conv2d", Out: 4, Kernel: 3, Stride: 2, Padding: 1, Bias: new(false)}, {Type: "batch_norm2d"}, {Type: "relu"},
			{Type: "max_pool2d", Kernel: 2, Stride: 2}},
		Decoder: []config.Layer{
			{Type: "conv_transpose2d", Out: 4, Kernel: 2, Stride: 2, Bias: new(false)}, {Type: "batch_norm2d"}, {Type: "relu"},
			{Type: "conv_transpose2d", Out: 3, Kernel: 2, Stride: 2}, {Type: "sigmoid"}},
	}
}

func checkpointOf(t *testing.T, dir, stage string) *weights.File {
	t.Helper()
	f, err := weights.Read(filepath.Join(dir, filepath.FromSlash(stage), train.CheckpointFile))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestBatchNormFromTrainingToVerify runs a report: running statistics are
// updated once a step, stay with a frozen encoder, and are verified.
func TestBatchNormFromTrainingToVerify(t *testing.T) {
	definition := normalisedReport(t)
	f := finished{t, definition, smallData(t, definition), t.TempDir()}
	if _, err := runInto(t, t.Context(), f.dir, "", definition, f.data, nil); err != nil {
		t.Fatal(err)
	}
	if different := f.verified(stages.Different); len(different) > 0 {
		t.Errorf("nothing was changed: %+v", different)
	}
	const mean = "encoder.1.running_mean"
	steps := int64(definition.Train.Epochs * 128 / definition.Train.Batch)
	for stage, want := range map[string][2]int64{ // in the encoder and in the decoder
		"autoencoders/bce": {steps, steps}, "classifiers/pretrained": {steps, steps}, "classifiers/random": {0, 0},
		"classifiers/end_to_end": {steps, 0}, "classifiers/tail": {steps, 2 * steps},
	} {
		kept := checkpointOf(t, f.dir, stage)
		for i, part := range []string{"encoder", "decoder"} {
			if n, err := kept.Tensors[part+".1.num_batches_tracked"].Int64s(); err != nil || n[0] != want[i] {
				t.Errorf("%s: %v batches were counted in the %s, %v, want %d", stage, n, part, err, want[i])
			}
		}
	}
	pretrained := checkpointOf(t, f.dir, "autoencoders/bce")
	for _, stage := range []string{"classifiers/pretrained", "classifiers/tail"} {
		kept := checkpointOf(t, f.dir, stage)
		for name, a := range pretrained.Tensors {
			if strings.HasPrefix(name, "encoder.") && !bytes.Equal(a.Data, kept.Tensors[name].Data) {
				t.Errorf("%s: training on a frozen encoder changed %s", stage, name)
			}
		}
	}
	for stage, part := range map[string]string{
		"classifiers/pretrained": mean + " should not have changed", "classifiers/random": mean + " should not have changed",
		"classifiers/tail":       mean + " should not have changed",
		"classifiers/end_to_end": "is kept as",
	} {
		forged := f.copied(t)
		forged.forgeWeight(stage, mean, func(w []float32) { w[0] += 10 })
		var found []string
		for _, check := range forged.verified(stages.Different) {
			if check.Subject == stage {
				found = append(found, check.Differences...)
			}
		}
		if !strings.Contains(strings.Join(found, "\n"), part) {
			t.Errorf("%s: another %s: verify does not say %q, but %v", stage, mean, part, found)
		}
	}
}

// TestBatchNormIsResumed interrupts trainings again and again.
func TestBatchNormIsResumed(t *testing.T) {
	definition := normalisedReport(t)
	definition.Data.Train = 512
	data := smallData(t, definition)
	for _, stage := range []string{"autoencoders/bce", "classifiers/end_to_end"} {
		endsTheSameInterrupted(t, definition, data, stage, 2)
	}
}

// TestBatchNormIsNotSplitAmongThreads: the parts of a batch would be normalised
// each by its own statistics, and race to update the running ones.
func TestBatchNormIsNotSplitAmongThreads(t *testing.T) {
	definition := normalisedReport(t)
	definition.Model.Encoder[0].Out = 64 // for two threads' work
	for name, a := range definition.Autoencoders {
		a.Batch = 128
		definition.Autoencoders[name] = a
	}
	for name, c := range definition.Classifiers {
		c.Batch = 128
		definition.Classifiers[name] = c
	}
	data := smallData(t, definition)
	encoder, _, err := definition.Model.TrainingFLOPs(data.Shape)
	if err != nil {
		t.Fatal(err)
	}
	if total := encoder * 128; total < 2*40e6 {
		t.Fatalf("a step of %g operations is not split, whatever its network", total)
	}
	for _, name := range []string{"autoencoders/bce", "classifiers/end_to_end"} {
		alone, _ := trainedLosses(t, definition, data, name, 1, t.Context())
		threads, _ := trainedLosses(t, definition, data, name, 3, t.Context())
		if diff := cmp.Diff(alone, threads); diff != "" {
			t.Errorf("%s: three threads give other losses than one:\n%s", name, diff)
		}
	}
}
