package experiments

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// smallAggregations are one from random weights, which begins with instance
// recognition, and one from an auto-encoder, without a head.
const smallAggregations = `aggregations={
	local: {encoder: random, instance_epochs: 1, epochs: 3, embedding: 16, background: 40, clusterings: 3, clusters: 20, iterations: 4, noise_images: 30},
	tuned: {encoder: bce, epochs: 2, embedding: 0, background: 40, clusterings: 2, clusters: 20, iterations: 4}}`

func aggregationReport(t *testing.T, sets ...string) *config.Definition {
	t.Helper()
	return smallReport(t, append([]string{"data={train: 200, test: 100}", "features.images=200", "evaluate.protocols=[full]", "train.epochs=1",
		"autoencoders.l1=null", "autoencoders.mse=null", smallAggregations}, sets...)...)
}

// TestInterruptedAggregationEndsAsAnUninterruptedOne stops at random steps, in
// epochs of either loss and between them, and compares all that is left: weights,
// head, bank, clusters and optimizer.
func TestInterruptedAggregationEndsAsAnUninterruptedOne(t *testing.T) {
	definition := aggregationReport(t)
	data := smallData(t, definition)
	for _, stage := range []string{"aggregations/local", "aggregations/tuned"} {
		t.Run(stage, func(t *testing.T) {
			whole, pieces := t.TempDir(), t.TempDir()
			for _, dir := range []string{whole, pieces} {
				if _, err := runInto(t, t.Context(), dir, "autoencoders/bce", definition, data, nil); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := runInto(t, t.Context(), whole, stage, definition, data, nil); err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(3, 4))
			within := map[int]bool{} // the steps that it went on from
			for interruptions := 0; ; interruptions++ {
				events, err := runInto(t, &countdown{Context: t.Context(), left: random.IntN(35)}, pieces, stage, definition, data, nil)
				for _, e := range events {
					if e.Kind == metrics.StageResumed && e.Step > 0 {
						within[100*e.Epoch+e.Step] = true
					}
				}
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) || interruptions > 200 {
					t.Fatal(err)
				}
			}
			if len(within) < 2 {
				t.Errorf("it went on from within epochs %d times", len(within))
			}
			compareStage(t, filepath.Join(whole, stage), filepath.Join(pieces, stage))
			state, err := weights.Read(filepath.Join(pieces, stage, train.StateFile))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"bank", "bank.clusters", "bank.found"} {
				if state.Tensors[name].Shape[0] != 200 {
					t.Errorf("the state's %s is of shape %v", name, state.Tensors[name].Shape)
				}
			}
		})
	}
}

// TestReplayedAggregationStepsAreThePlainOnes records steps on the CPU as a GPU
// would: a step of instance recognition must not be replayed in local aggregation.
func TestReplayedAggregationStepsAreThePlainOnes(t *testing.T) {
	definition := aggregationReport(t)
	data := smallData(t, definition)
	recorded := 0
	record := func(step func() error) (func() error, func(), error) {
		recorded++
		return step, func() {}, nil
	}
	r, other := testRunOf(t, definition, data), testRunOf(t, definition, data)
	const name = "aggregations/local"
	if err := trainStage(t, t.Context(), r, name, nil); err != nil {
		t.Fatal(err)
	}
	if err := trainStage(t, t.Context(), other, name, record); err != nil {
		t.Fatal(err)
	}
	compareStage(t, filepath.Join(r.dir.Path, name), filepath.Join(other.dir.Path, name))
	if recorded != 2 {
		t.Errorf("steps were recorded %d times, want once for each loss", recorded)
	}
}

// aggregatingOf is a training of the definition's aggregation local, whose task the
// test may change.
func aggregatingOf(t *testing.T, definition *config.Definition) (*setup, *aggregating, *train.Task) {
	t.Helper()
	s := testRunOf(t, definition, smallData(t, definition))
	spec := definition.Aggregations["local"]
	a, generator, err := s.newAggregating(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.drop)
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unpin)
	task, err := a.task(generator)
	if err != nil {
		t.Fatal(err)
	}
	return s, a, task
}

func (a *aggregating) stateOf(t *testing.T, name string) weights.Array {
	t.Helper()
	for _, p := range a.State() {
		if p.Name == name {
			array, err := models.Array(p.Tensor)
			if err != nil {
				t.Fatal(err)
			}
			return array
		}
	}
	t.Fatalf("no %s", name)
	return weights.Array{}
}

func runTask(t *testing.T, task *train.Task, threads int) []metrics.Epoch {
	t.Helper()
	dir := t.TempDir()
	_, _, err := train.Run(t.Context(), task, train.Options{Dir: dir, Inputs: []byte(`{}`), TestEvery: 1, Device: torch.CPU,
		Threads: threads, Autograd: true, Events: func(metrics.Event) {}})
	if err != nil {
		t.Fatal(err)
	}
	return metricsWithoutTimes(t, dir)
}

// TestClustersAreRefreshedOncePerEpoch holds for batches that divide the images and
// for others, before the first batch of each epoch, the first one included: until
// then every image would be alone.
func TestClustersAreRefreshedOncePerEpoch(t *testing.T) {
	for _, batch := range []int{20, 16, 200} {
		t.Run(fmt.Sprint(batch), func(t *testing.T) {
			definition := aggregationReport(t, fmt.Sprintf(`aggregations={local: {encoder: random, instance_epochs: 1, epochs: 4, batch: %d,
				embedding: 16, background: 40, clusterings: 3, clusters: 20, noise_images: 30}, tuned: null}`, batch))
			_, a, task := aggregatingOf(t, definition)
			var seen []string // by step
			loss := task.Loss
			task.Loss = func(index *ts.Tensor) (*ts.Tensor, error) {
				seen = append(seen, string(a.stateOf(t, "bank.clusters").Data))
				return loss(index)
			}
			runTask(t, task, 1)
			steps := (200 + batch - 1) / batch
			if len(seen) != 4*steps {
				t.Fatalf("%d steps, want %d", len(seen), 4*steps)
			}
			none := string(make([]byte, 200*3*8))
			if seen[0] != none {
				t.Error("instance recognition has clusters")
			}
			for epoch := 1; epoch < 4; epoch++ {
				of := seen[epoch*steps : (epoch+1)*steps]
				if of[0] == seen[epoch*steps-1] || of[0] == none {
					t.Errorf("epoch %d begins with the clusters of the one before, or none", epoch+1)
				}
				if len(slices.Compact(slices.Clone(of))) != 1 {
					t.Errorf("clusters changed within epoch %d", epoch+1)
				}
			}
		})
	}
}

// TestBankIsUpdatedAfterTheStep: a step's loss reads each image's row as it was, and
// each row changes once an epoch.
func TestBankIsUpdatedAfterTheStep(t *testing.T) {
	_, a, task := aggregatingOf(t, aggregationReport(t))
	var before []byte
	loss, after := task.Loss, task.AfterStep
	steps := 0
	task.Loss = func(index *ts.Tensor) (*ts.Tensor, error) {
		before = a.stateOf(t, "bank").Data
		made, err := loss(index)
		if string(before) != string(a.stateOf(t, "bank").Data) {
			t.Error("a loss changed the bank")
		}
		return made, err
	}
	task.AfterStep = func(index *ts.Tensor) error {
		if string(before) != string(a.stateOf(t, "bank").Data) {
			t.Error("the bank changed before the optimizer's step")
		}
		err := after(index)
		images, failed := torch.ToSlice[int64](index)
		now := a.stateOf(t, "bank").Data
		row := len(now) / 200
		for i := range int64(200) {
			at := int(i) * row
			if changed := string(before[at:at+row]) != string(now[at:at+row]); changed != slices.Contains(images, i) {
				t.Errorf("step %d, image %d: changed is %v", steps, i, changed)
			}
		}
		steps++
		return errors.Join(err, failed)
	}
	runTask(t, task, 1)
	if steps != 3*13 {
		t.Errorf("%d steps", steps)
	}
}

// TestPartsOfABatchAggregateAsTheWhole computes each batch's loss on three threads.
func TestPartsOfABatchAggregateAsTheWhole(t *testing.T) {
	run := func(threads int) []metrics.Epoch {
		_, _, task := aggregatingOf(t, aggregationReport(t))
		task.FLOPs = 1e9
		return runTask(t, task, threads)
	}
	whole, parts := run(1), run(3)
	for i := range whole {
		if a, b := whole[i].Loss, parts[i].Loss; math.Abs(a-b) > 1e-3*math.Abs(a) {
			t.Errorf("epoch %d: loss %v, in parts %v", i+1, a, b)
		}
	}
}

// TestAggregationsAreTestedInEvaluation: with batch norm, a test changes no running
// statistics, and its features do not depend on the rest of a batch.
func TestAggregationsAreTestedInEvaluation(t *testing.T) {
	definition := aggregationReport(t)
	definition.Model = normalisedModel()
	_, a, task := aggregatingOf(t, definition)
	a.enter(1)
	state := func() map[string]string {
		f, err := models.File(a.network.AutoEncoder.State())
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		for name, array := range f.Tensors {
			all[name] = string(array.Data)
		}
		return all
	}
	before := state()
	if err := task.StartEpoch(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	first, err := task.Test(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range state() {
		if before[name] != data {
			t.Errorf("%s changed", name)
		}
	}
	if again, err := task.Test(t.Context()); err != nil || again[knnScore] != first[knnScore] {
		t.Errorf("%v, then %v (%v)", first, again, err)
	}
	if !task.Whole {
		t.Error("batch norm gets its batches in parts")
	}
}

// TestAggregationsServeAsEncoders runs everything behind aggregations, and verifies
// it.
func TestAggregationsServeAsEncoders(t *testing.T) {
	definition := aggregationReport(t, "classifiers={random: null, end_to_end: null, pretrained: null, on_local: {encoder: local, freeze: true}, on_tuned: {encoder: tuned, freeze: false}}",
		"figures=[pca, decoded, reconstructions]", "study={encoders: [random, bce, local, tuned], baselines: [], pools: [avg], measures: [knn, nearest_mean, similarity], knn: {k: [5]}}")
	data := smallData(t, definition)
	f := finished{t, definition, data, t.TempDir()}
	if _, err := runInto(t, t.Context(), f.dir, "", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	verifyAll(t, definition, data, f.dir)

	start, tuned := checkpointOf(t, f.dir, "autoencoders/bce"), checkpointOf(t, f.dir, "aggregations/tuned")
	if len(tuned.Tensors) != len(start.Tensors) {
		t.Errorf("the checkpoint has %d tensors, an auto-encoder's %d", len(tuned.Tensors), len(start.Tensors))
	}
	for name, array := range start.Tensors {
		if same := string(array.Data) == string(tuned.Tensors[name].Data); same != strings.HasPrefix(name, "decoder.") {
			t.Errorf("%s: the same as before is %v", name, same)
		}
	}
	results, err := report.ReadResults(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(results.Aggregations) != 2 || results.Aggregations[0].InstanceEpochs != 1 || results.Aggregations[1].Encoder != "bce" {
		t.Errorf("results have %+v", results.Aggregations)
	}
	for _, name := range []string{knnScore, "close", "close_in_background", "close_same_class", "close_in_background_same_class", "close_none"} {
		if _, has := results.Aggregations[0].Training.Test[name]; !has {
			t.Errorf("no score %s in %v", name, results.Aggregations[0].Training.Test)
		}
	}
	lines, err := metrics.Read(f.path("aggregations/local"))
	if err != nil {
		t.Fatal(err)
	}
	if _, has := lines[0].Test["close"]; has || len(lines) != 3 {
		t.Errorf("instance recognition has close neighbours: %v", lines)
	}
	for _, encoder := range []string{"local", "tuned"} {
		if results.Study.Find(encoder+"-avg", "knn", 87) == nil || results.Features[encoder].Shape[0] != 200 {
			t.Errorf("%s: no features, or no study", encoder)
		}
	}
	files, leftOver, err := WeightsOf(f.dir, definition)
	if err != nil || len(files) != 5 || len(leftOver) > 0 {
		t.Errorf("weights in %v, left over %v (%v)", files, leftOver, err)
	}
}

// TestTamperedAggregationsAreFound changes one thing of a finished training at a
// time.
func TestTamperedAggregationsAreFound(t *testing.T) {
	const folder = "aggregations/tuned/"
	definition := aggregationReport(t, "classifiers={random: null, end_to_end: null, pretrained: null}", "figures=[architecture]")
	f := finished{t, definition, smallData(t, definition), t.TempDir()}
	if _, err := runInto(t, t.Context(), f.dir, "", definition, f.data, nil); err != nil {
		t.Fatal(err)
	}
	tamper := func(f *finished, file string, change func(*weights.File)) {
		path := f.path(folder + file)
		kept, err := weights.Read(path)
		if err != nil {
			f.Fatal(err)
		}
		change(kept)
		if err := os.Remove(path); err != nil {
			f.Fatal(err)
		}
		if err := weights.WriteSafetensors(path, kept); err != nil {
			f.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		what   string
		change func(*finished)
	}{
		"decoder": {"untrained weights", func(f *finished) {
			tamper(f, train.CheckpointFile, func(kept *weights.File) { kept.Tensors["decoder.0.bias"].Data[0] ^= 1 })
		}},
		"encoder": {"accuracy of nearest neighbours", func(f *finished) {
			tamper(f, train.CheckpointFile, func(kept *weights.File) { clear(kept.Tensors["encoder.4.weight"].Data) })
		}},
		"clusters": {"close neighbours", func(f *finished) {
			tamper(f, train.StateFile, func(kept *weights.File) { clear(kept.Tensors["bank.clusters"].Data) })
		}},
		"found": {"close neighbours", func(f *finished) {
			tamper(f, train.StateFile, func(kept *weights.File) { clear(kept.Tensors["bank.found"].Data) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := f.copied(t)
			c.change(f)
			if !slices.ContainsFunc(f.verified(stages.Different), func(check stages.Check) bool { return strings.Contains(check.What, c.what) }) {
				t.Errorf("not found: %+v", f.verified(stages.Different))
			}
		})
	}
}
