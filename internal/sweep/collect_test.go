package sweep

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
)

// finish writes what a done run has: results.json, predictions, the outcome. Of 200
// test images it classifies as many correctly as it is told, the first ones.
func finish(t *testing.T, s *Sweep, number, correct int, trainingLoss float64) {
	t.Helper()
	run := s.Runs[number]
	labels := make([]byte, 200)
	predicted := slices.Repeat([]byte{1}, 200)
	copy(predicted, make([]byte, correct))
	folder := s.Folder(run)
	if err := os.MkdirAll(filepath.Join(folder, "classifiers/linear"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := report.WritePredictions(filepath.Join(folder, "classifiers/linear", report.PredictionsFile), labels, predicted); err != nil {
		t.Fatal(err)
	}
	var seed uint64
	if _, err := fmt.Sscan(string(run.Overrides["seed"]), &seed); err != nil {
		t.Fatal(err)
	}
	accuracy := report.Percent(float64(correct) / 2)
	results := report.Results{Definition: "smoke", Seed: seed, Data: stages.DataUsed{Title: "synthetic data", Train: 512, Test: 200}, Warnings: []string{"made up"},
		Autoencoders: []report.AutoencoderResult{{Name: "bce", Loss: "bce", Trained: report.Trained{Training: &metrics.Training{Loss: 0.6, Test: metrics.Scores{"mse": 0.01}}}}},
		Classifiers: []report.ClassifierResult{{Name: "linear", Trained: report.Trained{Training: &metrics.Training{Loss: trainingLoss}, Source: report.Source{MadeWith: stages.MadeWith{Device: "cpu"}}},
			Scores: map[string]report.Score{"full": {Accuracy: accuracy, Images: 200}}}}}
	if err := stages.WriteJSON(filepath.Join(folder, report.ResultsFile), results); err != nil {
		t.Fatal(err)
	}
	if err := s.writeOutcome(run, &Outcome{State: Done, Seconds: 3}); err != nil {
		t.Fatal(err)
	}
}

// newCollected is a sweep of three seeds and three pools; max, which is worst on
// test images, has the smallest training loss.
func newCollected(t *testing.T) (*Sweep, *Collected) {
	t.Helper()
	p, err := plan(t, filepath.Join(t.TempDir(), "g"), "base: smoke\nsweep: {model.pool: [avg, max, flatten], seed: 1..3}\n")
	if err != nil {
		t.Fatal(err)
	}
	for i, correct := range []int{100, 104, 108, 40, 44, 48, 110} { // one of flatten's seeds
		loss := []float64{1.5, 1.0, 2.0}[i/3]
		finish(t, p.Sweep, i, correct, loss)
	}
	c, err := p.Collect(0)
	if err != nil {
		t.Fatal(err)
	}
	return p.Sweep, c
}

func TestCollect(t *testing.T) {
	_, c := newCollected(t)
	if len(c.Groups) != 3 || c.Missing[NotBegun] != "7-8" || c.Counts[Done] != 7 {
		t.Fatalf("%d groups, missing %v", len(c.Groups), c.Missing)
	}
	// By hand: 50, 52, 54 have deviation 2, and t(0.975, 2) = 4.302653.
	avg := c.Groups[0].Values["classifiers/linear/accuracy/full"]
	half := 4.302653 * 2 / math.Sqrt(3)
	if avg.N != 3 || avg.Mean != 52 || math.Abs(*avg.Deviation-2) > 1e-12 || math.Abs(avg.Interval.High-52-half) > 1e-5 || avg.Over != "seeds" {
		t.Errorf("avg: %+v", avg)
	}
	// Wilson's interval of 110 of 200 by hand: z = 1.959964, (0.55 + z²/400) / (1 + z²/200)
	// ± z sqrt(0.55·0.45/200 + z²/160000) / (1 + z²/200).
	flatten := c.Groups[2].Values["classifiers/linear/accuracy/full"]
	if flatten.N != 1 || flatten.Deviation != nil || math.Abs(flatten.Interval.Low-48.0756) > 1e-3 || math.Abs(flatten.Interval.High-61.7359) > 1e-3 || flatten.Over != "test images" {
		t.Errorf("flatten: %+v %+v", flatten, flatten.Interval)
	}
	if mse := c.Groups[1].Values["autoencoders/bce/test/mse"]; mse.Mean != 0.01 || mse.Interval != nil {
		t.Errorf("equal values: %+v", mse)
	}
}

func TestVerdictsAndChoices(t *testing.T) {
	_, c := newCollected(t)
	if len(c.Verdicts) != 2 || c.Verdicts[0].Group != 1 || c.Verdicts[0].Verdict != "worse" || c.Verdicts[0].Difference != -30 || c.Verdicts[0].Seeds != 3 {
		t.Errorf("max against avg: %+v", c.Verdicts)
	}
	if v := c.Verdicts[1]; v.Group != 2 || v.Seeds != 1 || v.Difference != 5 {
		t.Errorf("flatten against avg, by the seed that both have: %+v", v)
	}
	var by []string
	for _, choice := range c.Choices {
		if choice.By.Side != OfTraining {
			t.Errorf("chosen by %s", choice.By.Name)
		}
		by = append(by, choice.By.Name)
		if choice.By.Name == "classifiers/linear/training_loss" && (choice.Best != 1 || choice.Worst != 2) {
			t.Errorf("%+v: want max best, though it is worst on test images", choice)
		}
	}
	if !slices.Contains(by, "classifiers/linear/training_loss") || len(by) != 2 {
		t.Errorf("chosen by %q", by)
	}
}

func TestADivergedSeedIsCounted(t *testing.T) {
	m := summarize([]value{{x: math.NaN()}, {x: 2}, {x: 4}})
	if m.N != 2 || m.Mean != 3 || m.Diverged != 1 {
		t.Errorf("%+v", m)
	}
	if m := summarize([]value{{x: math.Inf(1)}}); m.N != 0 || m.Diverged != 1 {
		t.Errorf("%+v", m)
	}
}

func TestDifferentLossesChooseNothing(t *testing.T) {
	_, c := newCollected(t)
	c.Choices = nil
	for i := range c.repeats[0].values {
		if v := &c.repeats[0].values[i]; v.Side == OfTraining {
			v.Of = "mse"
		}
	}
	if c.choose(); len(c.Choices) != 0 {
		t.Errorf("%+v", c.Choices)
	}
	for _, field := range []string{"data.train", "autoencoders.bce.data.train", "autoencoders.bce.without", "train.augment.crop"} {
		c.Choices, c.Fields = nil, []string{field}
		if c.choose(); len(c.Choices) != 0 {
			t.Errorf("%s, of different images: %+v", field, c.Choices)
		}
	}
	c.Fields = nil
	c.Choices, c.repeats[0].run.Overrides = nil, Overrides{"autoencoders.bce": []byte(`{"without": ["cat"]}`)}
	if c.choose(); len(c.Choices) != 0 {
		t.Errorf("without a class in one run: %+v", c.Choices)
	}
}

// TestASeedCountsOnce has a run whose definition repeats the seed of another one.
func TestASeedCountsOnce(t *testing.T) {
	_, c := newCollected(t)
	again := c.repeats[1]
	again.run.Number = 9
	c.repeats, c.Groups, c.Measures = append(c.repeats, again), nil, nil
	c.group(Overrides{})
	c.measure()
	g := c.Groups[0]
	if v := g.Values["classifiers/linear/accuracy/full"]; v.N != 3 || v.Mean != 52 || len(g.Seeds) != 3 || g.Runs != "0-2,9" {
		t.Errorf("n = %d, mean %v, seeds %v, runs %s", v.N, v.Mean, g.Seeds, g.Runs)
	}
	if last := c.Warnings[len(c.Warnings)-1]; !strings.HasPrefix(last, "1 seed of the same group") {
		t.Errorf("warnings: %q", c.Warnings)
	}
}

// TestOtherTestImagesAreNotCompared gives one group other labels, as many.
func TestOtherTestImagesAreNotCompared(t *testing.T) {
	s, c := newCollected(t)
	c.Verdicts = nil
	for _, p := range c.Groups[1].repeats {
		path := filepath.Join(p.folder, "classifiers/linear", report.PredictionsFile)
		if err := report.WritePredictions(path, slices.Repeat([]byte{1}, 200), make([]byte, 200)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.compare(s, 0); err != nil || len(c.Verdicts) != 1 || c.Verdicts[0].Group != 2 || !strings.Contains(c.Untold, "tested on other images") {
		t.Errorf("%v, %+v, %q", err, c.Verdicts, c.Untold)
	}
}

func TestCollectingAgainChangesNoByte(t *testing.T) {
	s, c := newCollected(t)
	files := []string{JSONFile, GroupsFile, RepeatsFile, PageFile}
	if err := c.Write(s); err != nil {
		t.Fatal(err)
	}
	before := map[string][]byte{}
	for _, name := range files {
		text, err := os.ReadFile(s.Join(name))
		if err != nil {
			t.Fatal(err)
		}
		before[name] = text
	}
	again, err := s.Collect(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Write(s); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(s.Join(name))
		if err != nil || !bytes.Equal(text, before[name]) {
			t.Errorf("%s differs: %v", name, err)
		}
	}
	groups := string(before[GroupsFile])
	for _, line := range []string{"model.pool,measure,unit,images,n,mean,deviation,low,high,interval_over,diverged\n",
		"avg,classifiers/linear/accuracy/full,%,test,3,52,2,", "max,autoencoders/bce/test/mse,,test,3,0.01,0,,,,0\n"} {
		if !strings.Contains(groups, line) {
			t.Errorf("no %q in\n%s", line, groups)
		}
	}
	if lines := strings.Split(string(before[RepeatsFile]), "\n"); !strings.HasPrefix(lines[0], "run,model.pool,seed,classifiers/linear/accuracy/full,") || !strings.HasPrefix(lines[1], "0,avg,1,50,1.5,") {
		t.Errorf("%s", before[RepeatsFile])
	}
}

func TestSharedStagesGoOnceAllIsDone(t *testing.T) {
	s, _ := newCollected(t)
	if err := os.MkdirAll(s.Join(SharedFolder, "ab"), 0o755); err != nil {
		t.Fatal(err)
	}
	earlier := &Sweep{Dir: s.Dir, Fixed: s.Fixed, Runs: s.Runs[:8]} // read before a run was added
	for _, c := range []struct {
		s    *Sweep
		want bool
	}{{earlier, true}, {s, false}} {
		if err := c.s.RemoveShared(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(s.Join(SharedFolder)); (err == nil) != c.want {
			t.Errorf("with %d runs: %v", len(c.s.Runs), err)
		}
	}
}
