package experiments

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
)

// jointClassifier is a setting that adds a training of all parts.
const jointClassifier = "classifiers.joint={encoder: random, trains: [classifier, decoder, encoder], losses: {bce: 1, cross_entropy: 0.1}}"

// finishEveryKind runs a definition with classifiers of every kind.
func finishEveryKind(t *testing.T) finished {
	t.Helper()
	definition := smallReport(t, "data.train=128", "data.test=100", "evaluate.protocols=[full]", "train.epochs=1", "autoencoders.l1=null", "autoencoders.mse=null",
		"autoencoders.both={losses: {bce: 1, l1: 0.5}}", "classifiers.pretrained=null", jointClassifier,
		"classifiers.tail={encoder: bce, trains: [decoder, classifier], losses: {mse: 2, cross_entropy: 1}}",
		"classifiers.mean={encoder: both, probe: nearest_mean}",
		"figures=[loss-curves, decoded, autoencoder-losses, confusion]")
	f := finished{t, definition, smallData(t, definition), t.TempDir()}
	if _, err := runInto(t, t.Context(), f.dir, "", definition, f.data, nil); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestARunOfEveryKindOfClassifier looks at what it leaves, and at copies in
// which one thing was changed.
func TestARunOfEveryKindOfClassifier(t *testing.T) {
	run := finishEveryKind(t)
	results, err := report.ReadResults(run.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range results.Classifiers {
		names = append(names, c.Name)
		want := []string{"accuracy", "cross_entropy"}
		switch c.Name {
		case "mean":
			if c.Training != nil || c.Probe != "nearest_mean" || !c.Freeze || c.Source.DefinedEpochs != 0 {
				t.Errorf("mean: %+v", c)
			}
			continue
		case "joint", "tail":
			want = []string{"accuracy", "bce", "cross_entropy", "l1", "mse"}
		}
		if diff := cmp.Diff(want, sortedKeys(c.Training.Test)); diff != "" {
			t.Errorf("%s was tested with (-want +got):\n%s", c.Name, diff)
		}
	}
	if diff := cmp.Diff([]string{"random", "mean", "tail", "end_to_end", "joint"}, names); diff != "" {
		t.Errorf("columns of the table (-want +got):\n%s", diff)
	}
	markdown, err := os.ReadFile(run.path(report.MarkdownFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| bce + 0.5 l1 (both) |", "| bce + 0.1 cross_entropy (joint) |", "| cross_entropy + 2 mse |",
		"| encoder, decoder, classifier |", "| nearest_mean |"} {
		if !strings.Contains(string(markdown), want) {
			t.Errorf("the tables do not have %q:\n%s", want, markdown)
		}
	}
	for figure, want := range map[string]bool{"loss-joint": true, "loss-mean": false, "decoded-tail": true, "decoded-mean": false,
		"confusion-mean": true, "autoencoder-losses": true} {
		if _, err := os.Stat(run.path("figures/" + figure + ".svg")); (err == nil) != want {
			t.Errorf("figure %s: %v", figure, err)
		}
	}
	if different := run.verified(stages.Different); len(different) > 0 {
		t.Errorf("nothing was changed: %+v", different)
	}
	events, err := runInto(t, t.Context(), run.dir, "", run.definition, run.data, nil)
	if err != nil || len(stagesOf(events, metrics.StageUpToDate)) != 9 {
		t.Errorf("the second run: %v, %v", events, err)
	}
	evaluation, err := Eval(t.Context(), run.definition, run.data, run.path("classifiers/joint/"+train.CheckpointFile), torch.CPU, 1)
	if err != nil {
		t.Fatal(err)
	}
	joint := results.Classifiers[4].Training.Test
	if diff := cmp.Diff(metrics.Scores{"bce": joint["bce"], "l1": joint["l1"], "mse": joint["mse"]}, evaluation.Autoencoder); diff != "" {
		t.Errorf("the stored weights give other losses (-result +weights):\n%s", diff)
	}
	for name, tamper := range map[string]struct {
		change  func(*finished)
		subject string
		part    string
	}{
		"a decoder that was trained": {func(f *finished) {
			f.forgeWeight("classifiers/joint", "decoder.4.bias", func(w []float32) { w[0]++ })
		}, "classifiers/joint", "bce is kept as"},
		"an encoder that was not": {func(f *finished) {
			f.forgeWeight("classifiers/tail", "encoder.0.bias", func(w []float32) { w[0]++ })
		}, "classifiers/tail", "encoder.0.bias should not have changed"},
		"a class by the nearest mean": {func(f *finished) {
			f.forgetChecksums("classifiers/mean")
			kept, err := report.ReadPredictions(f.path("classifiers/mean/"+report.PredictionsFile), 10)
			if err != nil {
				f.Fatal(err)
			}
			kept.Predicted[7] = (kept.Predicted[7] + 1) % 10
			if err := report.WritePredictions(f.path("classifiers/mean/"+report.PredictionsFile), kept.Labels, kept.Predicted); err != nil {
				f.Fatal(err)
			}
		}, "classifiers/mean", "image 7 is kept as"},
		"the nearest mean's encoder, which is gone": {func(f *finished) {
			f.remove("autoencoders/both/" + train.CheckpointFile)
		}, "classifiers/mean", "no such file"},
		"a training of the nearest mean": {func(f *finished) {
			f.forge("classifiers/mean", func(r *stages.Result) { r.Training = &metrics.Training{Epochs: 7} })
		}, "classifiers/mean", "has a training record"},
		"the number of examples": {func(f *finished) {
			f.forge("classifiers/joint", func(r *stages.Result) { r.Training.Examples = 7 })
		}, "classifiers/joint", "says 7 training images"},
	} {
		t.Run(name, func(t *testing.T) {
			f := run.copied(t)
			tamper.change(f)
			if !slices.ContainsFunc(f.verified(stages.Different), func(c stages.Check) bool {
				return c.Subject == tamper.subject && strings.Contains(strings.Join(c.Differences, "\n"), tamper.part)
			}) {
				t.Errorf("not found: %+v", f.verified(stages.Different))
			}
		})
	}
}

// TestFewerExamplesAreSaid trains on some of the images.
func TestFewerExamplesAreSaid(t *testing.T) {
	definition := smallReport(t, "train.epochs=1")
	r := testRunOf(t, definition, smallData(t, definition))
	for examples, want := range map[int]int{512: 0, 100: 100} {
		stage, task := stageAndTask(t, r, "autoencoders/bce")
		task.Examples = examples
		r.dir.Path = t.TempDir()
		if err := os.MkdirAll(r.dir.Folder(stage), 0o755); err != nil {
			t.Fatal(err)
		}
		result, err := r.trainStage(t.Context(), stage, task)
		task.Drop()
		if err != nil {
			t.Fatal(err)
		}
		if result.Training.Examples != want {
			t.Errorf("%d of 512 examples are kept as %d", examples, result.Training.Examples)
		}
	}
}

// TestNumericsDecideWhatReconstructs checks which stages are made again when the
// form of bce changes, other than by what they need.
func TestNumericsDecideWhatReconstructs(t *testing.T) {
	definition := smallReport(t, "numerics.bce=exact", jointClassifier)
	r := testRunOf(t, definition, smallData(t, definition))
	all, err := r.unfold()
	if err != nil {
		t.Fatal(err)
	}
	var decided []string
	for _, s := range all {
		if strings.Contains(string(s.CanonicalInputs()), `"numerics":{"bce":"exact"}`) {
			decided = append(decided, s.Name)
		}
	}
	slices.Sort(decided)
	if diff := cmp.Diff([]string{"autoencoders/bce", "autoencoders/l1", "autoencoders/mse", "classifiers/joint"}, decided); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
