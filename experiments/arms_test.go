package experiments

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
)

// pytorchArms is joint.json, which bench/pytorch/joint.py makes.
type pytorchArms struct {
	N    int
	Arms map[string]struct {
		Reads  string
		Losses config.LossSum
		First  []float64
	}
	Denoising struct {
		Noise float64
		First []float64
	}
	Gradients map[string]float64
}

// armSetting is a setting that trains all parts of a classifier on some losses.
func armSetting(name, reads string, losses config.LossSum) string {
	text := ""
	for _, loss := range losses.Names() {
		text += fmt.Sprintf("%s: %g, ", loss, losses[loss])
	}
	return fmt.Sprintf("classifiers.%s={encoder: random, trains: [encoder, decoder, classifier], classify: %s, alternate: %t, losses: {%s}}",
		name, reads, name == "alternating", text[:len(text)-2])
}

// TestArmsTrainLikePyTorch holds the first losses of every way to train jointly
// against those of plain PyTorch modules, by plan where there is one and by
// autograd.
func TestArmsTrainLikePyTorch(t *testing.T) {
	var want pytorchArms
	readTestdata(t, "joint.json", &want)
	data := drawnDataset(want.N)
	var settings []string
	for name, arm := range want.Arms {
		settings = append(settings, armSetting(name, arm.Reads, arm.Losses))
	}
	settings = append(settings, fmt.Sprintf("autoencoders.denoising={loss: bce, noise: %g}", want.Denoising.Noise))
	compared := func(stage string, first []float64) {
		for how, autograd := range map[string]bool{"plan": false, "autograd": true} {
			t.Run(stage+"/"+how, func(t *testing.T) {
				definition, err := config.Load("report", settings)
				if err != nil {
					t.Fatal(err)
				}
				r := testRunOf(t, definition, data)
				r.autograd = autograd
				compareLosses(t, firstLosses(t, r, stage, len(first)), first, 1e-5*math.Max(1, first[0]))
			})
		}
	}
	for name, arm := range want.Arms {
		compared("classifiers/"+name, arm.First)
	}
	compared("autoencoders/denoising", want.Denoising.First)
}

// TestGradientsAreThoseOfPyTorch compares the two gradients of a joint training
// before its first step.
func TestGradientsAreThoseOfPyTorch(t *testing.T) {
	var want pytorchArms
	readTestdata(t, "joint.json", &want)
	arm := want.Arms["joint"]
	definition, err := config.Load("report", []string{armSetting("joint", arm.Reads, arm.Losses), fmt.Sprintf("evaluate.gradients=%g", want.Gradients["batches"])})
	if err != nil {
		t.Fatal(err)
	}
	r := testRunOf(t, definition, drawnDataset(want.N))
	spec := definition.Classifiers["joint"]
	network, _, err := r.startClassifier(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer network.Drop()
	got := metrics.Scores{}
	if err := r.compareGradients(t.Context(), network, r.trainImages, spec, got); err != nil {
		t.Fatal(err)
	}
	for _, name := range gradientScores {
		if !(math.Abs(got[name]-want.Gradients[name]) <= 1e-4*math.Max(1, math.Abs(want.Gradients[name]))) {
			t.Errorf("%s is %g, PyTorch's %g", name, got[name], want.Gradients[name])
		}
	}
}

// TestDetachedFeaturesLeaveTheEncoderAlone: it ends with the bits of the
// auto-encoder that is trained without a classifier, but for Adam's state of the
// linear layer.
func TestDetachedFeaturesLeaveTheEncoderAlone(t *testing.T) {
	for _, weight := range []string{"1", "100"} {
		definition := smallReport(t, "train.epochs=2", "classifiers.alone={encoder: random, trains: [encoder, decoder], losses: {bce: 1}}",
			"classifiers.detached={encoder: random, trains: [encoder, decoder, classifier], classify: detached, losses: {bce: 1, cross_entropy: "+weight+"}}")
		r := testRunOf(t, definition, smallData(t, definition))
		weights := map[string]map[string][]float32{}
		for _, name := range []string{"alone", "detached"} {
			if err := trainStage(t, t.Context(), r, "classifiers/"+name, nil); err != nil {
				t.Fatal(err)
			}
			network, err := r.trainedClassifier(name)
			if err != nil {
				t.Fatal(err)
			}
			weights[name] = map[string][]float32{}
			for _, p := range network.AutoEncoder.Parameters() {
				if weights[name][p.Name], err = torch.ToSlice[float32](p.Tensor); err != nil {
					t.Fatal(err)
				}
			}
			network.Drop()
		}
		if diff := cmp.Diff(weights["alone"], weights["detached"]); diff != "" {
			t.Errorf("cross-entropy %s times changed the encoder:\n%s", weight, diff)
		}
	}
}

// armsOfEveryKind are classifiers that read what they can read, one that takes
// turns, and a denoising auto-encoder.
func armsOfEveryKind(t *testing.T, sets ...string) *config.Definition {
	t.Helper()
	both := config.LossSum{"bce": 10, "cross_entropy": 1}
	return smallReport(t, append([]string{"data.train=128", "data.test=100", "evaluate.protocols=[full]", "evaluate.gradients=2", "train.epochs=2",
		"autoencoders.l1=null", "autoencoders.mse=null", "autoencoders.noisy={loss: bce, noise: 0.1}", "classifiers.pretrained=null",
		armSetting("detached", "detached", both), armSetting("through", "reconstruction", both), armSetting("readout", "decoder.1", both),
		armSetting("alternating", "encoder", both), "figures=[loss-curves, decoded]"}, sets...)...)
}

// TestArmsAreVerified runs every way to train jointly and verifies it.
func TestArmsAreVerified(t *testing.T) {
	definition := armsOfEveryKind(t)
	f := finished{t, definition, smallData(t, definition), t.TempDir()}
	if _, err := runInto(t, t.Context(), f.dir, "", definition, f.data, nil); err != nil {
		t.Fatal(err)
	}
	results, err := report.ReadResults(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range results.Classifiers {
		_, conflicts := c.Training.Test[report.GradientConflict]
		if want := c.Name == "through" || c.Name == "readout" || c.Name == "alternating"; conflicts != want {
			t.Errorf("%s: gradients compared: %t", c.Name, conflicts)
		}
		_, ofImages := c.Training.Test[report.ImagesAccuracy]
		if want := c.Name == "through"; ofImages != want {
			t.Errorf("%s: accuracy of the images themselves: %t", c.Name, ofImages)
		}
	}
	for _, c := range f.verified(stages.Different) {
		t.Errorf("%s: %s: %v", c.Subject, c.What, c.Differences)
	}
	for _, stage := range []string{"classifiers/through", "classifiers/alternating"} {
		changed := f.copied(t)
		changed.forge(stage, func(r *stages.Result) { r.Training.Test[report.GradientCosine] += 0.01 })
		if checks := changed.verified(stages.Different); len(checks) == 0 {
			t.Errorf("%s: another cosine passed", stage)
		}
	}
}

// TestArmsGoOnWithTheSameBits interrupts each at several steps.
func TestArmsGoOnWithTheSameBits(t *testing.T) {
	definition := armsOfEveryKind(t, "data.train=768")
	data := smallData(t, definition)
	for _, stage := range []string{"classifiers/alternating", "classifiers/through", "autoencoders/noisy"} {
		t.Run(stage, func(t *testing.T) { endsTheSameInterrupted(t, definition, data, stage, 5) })
	}
}

// TestPixelEntropy by hand: 51 of 255 is 0.2, whose entropy is 0.500402 nats; black
// and white have none.
func TestPixelEntropy(t *testing.T) {
	if got := pixelEntropy([]byte{0, 255, 51, 204}); math.Abs(got-0.250201) > 1e-6 {
		t.Errorf("the entropy is %.6f", got)
	}
}

// TestJointTrainingsAreComparedWithThoseForOneTask, not with one another: the more
// comparisons, the less each can tell.
func TestJointTrainingsAreComparedWithThoseForOneTask(t *testing.T) {
	definition := armsOfEveryKind(t, "classifiers.tail={encoder: bce, freeze: true}")
	s := &setup{definition: definition}
	for pair, want := range map[[2]string]bool{
		{"random", "end_to_end"}: true, {"end_to_end", "through"}: true, {"readout", "tail"}: true,
		{"through", "readout"}: false, {"alternating", "detached"}: false, {"tail", "tail"}: false,
	} {
		a, b := contender{name: pair[0], isClassifier: true}, contender{name: pair[1], isClassifier: true}
		if got := s.isCompared(a, b); got != want {
			t.Errorf("%v are compared: %t", pair, got)
		}
	}
}

// TestPlansTrainTheWholeDecoder whose last layer a classifier reads, too: by plan
// and by autograd the losses are the same.
func TestPlansTrainTheWholeDecoder(t *testing.T) {
	definition, err := config.Load("report", []string{armSetting("last", "decoder.4", config.LossSum{"mse": 100, "cross_entropy": 1})})
	if err != nil {
		t.Fatal(err)
	}
	definition.Model.Decoder = definition.Model.Decoder[:5] // without the sigmoid
	r := testRunOf(t, definition, drawnDataset(512))
	byPlan := firstLosses(t, r, "classifiers/last", 30)
	r.autograd = true
	compareLosses(t, byPlan, firstLosses(t, r, "classifiers/last", 30), 1e-4)
}

// TestReadByPath: what a classifier reads follows from where its weights lie,
// however the path is written.
func TestReadByPath(t *testing.T) {
	definition := armsOfEveryKind(t)
	folder := filepath.Join(t.TempDir(), "classifiers", "through")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	absolute := filepath.Join(folder, train.CheckpointFile)
	t.Chdir(folder)
	for path, want := range map[string]string{absolute: "reconstruction", train.CheckpointFile: "reconstruction", "elsewhere/" + train.CheckpointFile: "encoder"} {
		if got := readBy(definition, path); got != want {
			t.Errorf("%s: reads %q, want %q", path, got, want)
		}
	}
}
