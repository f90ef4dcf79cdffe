package contrast

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/stats"
)

// labels are of 40 test images, of two classes in turn.
func labels() []byte {
	all := make([]byte, 40)
	for i := range all {
		all[i] = byte(i % 2)
	}
	return all
}

// predicting has the class of all images but the first wrong ones.
func predicting(wrong int) []byte {
	all := labels()
	for i := range wrong {
		all[i] = 1 - all[i]
	}
	return all
}

// a classifier's predictions by seed, in a run directory of its own.
func run(t *testing.T, sets []string, fingerprint string, test []byte, bySeed map[uint64][]byte, seeds ...uint64) Run {
	t.Helper()
	dir := t.TempDir()
	definition, err := config.Load("smoke", sets)
	if err != nil {
		t.Fatal(err)
	}
	results := &report.Results{Seed: seeds[0], Classes: []string{"a", "b"},
		Data: stages.DataUsed{Title: "CIFAR-10", Fingerprint: fingerprint, Train: 100, Test: len(test)}}
	for i, seed := range seeds {
		stage := filepath.Join("seeds", string(rune('0'+i)), "classifiers", "random")
		if err := os.MkdirAll(filepath.Join(dir, stage), 0o755); err != nil {
			t.Fatal(err)
		}
		p := report.Predictions{Labels: test, Predicted: bySeed[seed]}
		if err := report.WritePredictions(filepath.Join(dir, stage, report.PredictionsFile), p.Labels, p.Predicted); err != nil {
			t.Fatal(err)
		}
		scores, err := report.ByProtocol([]string{"full"}, p, 2)
		if err != nil {
			t.Fatal(err)
		}
		trained := report.Trained{Training: &metrics.Training{Test: metrics.Scores{"cross_entropy": float64(len(bySeed)) + float64(i)}},
			Source: report.Source{Stage: stage}}
		c := []report.ClassifierResult{{Name: "random", Scores: scores, Trained: trained}}
		a := []report.AutoencoderResult{{Name: "bce", Trained: trained}}
		if i == 0 {
			results.Classifiers, results.Autoencoders = c, a
		} else {
			results.Repeats = append(results.Repeats, report.Repeat{Seed: seed, Classifiers: c, Autoencoders: a})
		}
	}
	return Run{Dir: dir, Definition: definition, Results: results}
}

func number(c *Contrast, of, name string) *Number {
	for i := range c.Numbers {
		if c.Numbers[i].Of == of && c.Numbers[i].Name == name {
			return &c.Numbers[i]
		}
	}
	return nil
}

// B is wrong on 10 images on which A is right, and nowhere right where A is wrong:
// McNemar's exact p is 2 (1/2)^10.
func TestOneSeedIsTestedByMcNemar(t *testing.T) {
	a := run(t, nil, "f", labels(), map[uint64][]byte{87: predicting(0)}, 87)
	b := run(t, []string{"train.epochs=3"}, "f", labels(), map[uint64][]byte{87: predicting(10)}, 87)
	c, err := Of(a, b)
	if err != nil {
		t.Fatal(err)
	}
	n := number(c, "classifiers/random", "accuracy, full")
	if n == nil || n.A != 100 || n.B != 75 || n.Difference != -25 || n.Comparison == nil {
		t.Fatalf("%+v of %+v", n, c)
	}
	if k := n.Comparison; k.Deciding != stats.ByImages || math.Abs(k.AdjustedP-2/1024.0) > 1e-12 || k.Verdict != stats.Worse {
		t.Errorf("%+v, want worse with p = %v", k, 2/1024.0)
	}
	if len(c.Fields) == 0 || c.SameLabels {
		t.Errorf("fields %v, same labels only: %v", c.Fields, c.SameLabels)
	}
	if c.Equal != 1 { // the auto-encoder's cross-entropy
		t.Errorf("%d numbers are equal, want 1", c.Equal)
	}
}

// Of three and two seeds two are the same: means and the test are over those.
func TestSeedsArePaired(t *testing.T) {
	a := run(t, nil, "f", labels(), map[uint64][]byte{1: predicting(0), 2: predicting(2), 3: predicting(40)}, 1, 2, 3)
	b := run(t, nil, "f", labels(), map[uint64][]byte{3: predicting(20), 2: predicting(12)}, 3, 2)
	c, err := Of(a, b)
	if err != nil {
		t.Fatal(err)
	}
	n := number(c, "classifiers/random", "accuracy, full")
	if n == nil || n.A != (95+0)/2. || n.B != (70+50)/2. || n.Comparison == nil || n.Comparison.Seeds != 2 {
		t.Errorf("%+v, seeds %v", n, c.Seeds)
	}
}

func TestOtherTestImagesAreNotTested(t *testing.T) {
	a := run(t, nil, "f", labels(), map[uint64][]byte{87: predicting(0)}, 87)
	for name, b := range map[string]Run{
		"other labels": run(t, nil, "g", predicting(1), map[uint64][]byte{87: predicting(10)}, 87),
		"fewer":        run(t, nil, "g", labels()[:30], map[uint64][]byte{87: predicting(10)[:30]}, 87),
		"other seeds":  run(t, nil, "f", labels(), map[uint64][]byte{88: predicting(10)}, 88),
	} {
		c, err := Of(a, b)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range c.Numbers {
			if n.Comparison != nil {
				t.Errorf("%s: %+v", name, n)
			}
		}
	}
	b := run(t, nil, "g", labels(), map[uint64][]byte{87: predicting(10)}, 87) // fewer training images, perhaps
	if c, err := Of(a, b); err != nil || number(c, "classifiers/random", "accuracy, full").Comparison == nil || !c.SameLabels {
		t.Errorf("the same labels: %+v, %v", c, err)
	}
}

func TestARunDoesNotDifferFromItself(t *testing.T) {
	a := run(t, nil, "f", labels(), map[uint64][]byte{1: predicting(3), 2: predicting(5)}, 1, 2)
	c, err := Of(a, a)
	if err != nil || len(c.Fields)+len(c.Numbers)+len(c.OnlyA)+len(c.OnlyB) > 0 || c.Equal != 2 { // an accuracy and a loss
		t.Errorf("%+v, %v", c, err)
	}
}
