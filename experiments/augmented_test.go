package experiments

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// augmentedReport augments in every kind of training.
func augmentedReport(t *testing.T, sets ...string) *config.Definition {
	t.Helper()
	return smallReport(t, append([]string{"data.train=128", "data.test=64", "evaluate.protocols=[full]", "figures=[architecture]",
		"train.augment={crop: 0.3, flip: 0.5, grey: 0.2, colour: 0.4}", "autoencoders.mse=null",
		"autoencoders.bce.noise=0.1", "autoencoders.l1={augment: {pad: 3, flip: 0.5}}",
		"aggregations.local={encoder: random, epochs: 2, instance_epochs: 1, embedding: 8, background: 20, clusterings: 2, clusters: 8, noise_images: 16}",
		"classifiers.pretrained=null"}, sets...)...)
}

// TestAugmentedResumes interrupts trainings again and again: they end as one that
// never stopped, and verify.
func TestAugmentedResumes(t *testing.T) {
	definition := augmentedReport(t)
	f := finished{t, definition, smallData(t, definition), t.TempDir()}
	if _, err := runInto(t, t.Context(), f.dir, "", definition, f.data, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range f.verified(stages.Different) {
		t.Errorf("%s: %s: %v", c.Subject, c.What, c.Differences)
	}
	for _, stage := range []string{"autoencoders/bce", "autoencoders/l1", "aggregations/local", "classifiers/end_to_end"} {
		pieces := t.TempDir()
		interruptions := 0
		for {
			_, err := runInto(t, &countdown{Context: t.Context(), left: 5 + 3*interruptions}, pieces, stage, definition, f.data, nil)
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			interruptions++
		}
		if interruptions < 2 {
			t.Errorf("%s was interrupted only %d times", stage, interruptions)
		}
		compareStage(t, filepath.Join(f.dir, stage), filepath.Join(pieces, stage))
	}
}

// TestAugmentedSeesOtherImages: training on mirror images is training on images that
// lie there mirrored, whatever is trained; a frozen encoder's classifier sees the
// images as they are.
func TestAugmentedSeesOtherImages(t *testing.T) {
	plain := augmentedReport(t, "train.augment={crop: 0, flip: 0, grey: 0, colour: 0}")
	mirroring := augmentedReport(t, "train.augment={crop: 0, flip: 1, grey: 0, colour: 0}")
	data := smallData(t, plain)
	mirrored := *data
	mirrored.Train.Pixels = mirror(data.Train.Pixels, data.Shape[2])
	run := func(d *config.Definition, data *vision.Dataset, only string) []metrics.Epoch {
		dir := t.TempDir()
		if err := Run(t.Context(), d, data, Options{Dir: dir, Only: only, Device: torch.CPU, Threads: 1, Autograd: true}); err != nil {
			t.Fatal(err)
		}
		return metricsWithoutTimes(t, filepath.Join(dir, only))
	}
	for _, stage := range []string{"autoencoders/bce", "classifiers/end_to_end"} {
		got, want := run(mirroring, data, stage), run(plain, &mirrored, stage)
		if !slices.EqualFunc(got, want, func(a, b metrics.Epoch) bool { return math.Abs(a.Loss/b.Loss-1) < 1e-6 }) {
			t.Errorf("%s: losses %v, on mirrored images %v", stage, got, want)
		}
		if other := run(plain, data, stage); math.Abs(other[0].Loss/got[0].Loss-1) < 1e-6 {
			t.Errorf("%s: the loss on images as they are is the same: nothing was compared", stage)
		}
	}
	const frozen = "classifiers/random"
	if got, want := run(mirroring, data, frozen), run(plain, data, frozen); got[0].Loss != want[0].Loss {
		t.Errorf("%s: loss %g, %g without augmentation", frozen, got[0].Loss, want[0].Loss)
	}
}

// mirror swaps left and right in rows of w pixels.
func mirror(pixels []byte, w int) []byte {
	out := slices.Clone(pixels)
	for row := range slices.Chunk(out, w) {
		slices.Reverse(row)
	}
	return out
}
