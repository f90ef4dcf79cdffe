package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loadText loads a definition of a file with that text.
func loadText(t *testing.T, text string, sets ...string) *Definition {
	t.Helper()
	path := filepath.Join(t.TempDir(), "my.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := Load(path, sets)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// trainOf is a training of the report's length with other settings.
func trainOf(change func(*Train)) Train {
	t := Train{Epochs: 100, Batch: 16, LearningRate: 0.001}
	change(&t)
	return t
}

// TestSharedTraining checks what entries take over from train:, what they spell
// out because train: has something else, and what is left of it in fingerprints.
func TestSharedTraining(t *testing.T) {
	d := loadText(t, `
base: report
train: {optimizer: sgd, momentum: 0.9, nesterov: true, weight_decay: 0.01, decay: weights, schedule: {type: steps, at: [50], warm_up: 5}}
autoencoders:
  bce: {loss: bce}
  l1: {loss: l1, momentum: 0, schedule: {warm_up: 2}}
  mse: {loss: mse, optimizer: adam, schedule: {type: constant}}
classifiers:
  random: {weight_decay: 0}
  pretrained: {decay: all, nesterov: false, schedule: {type: cosine}}
  end_to_end: {optimizer: adamw, weight_decay: 0.1}
`)
	shared := trainOf(func(s *Train) {
		s.Optimizer, s.Momentum, s.Nesterov, s.WeightDecay, s.Decay = SGD, new(0.9), new(true), new(0.01), DecayWeights
		s.Schedule = &Schedule{Type: Steps, At: []int{50}, Factor: 0.1, WarmUp: 5}
	})
	steps := shared.Schedule
	for name, c := range map[string]struct {
		got, want Train
	}{
		"train": {d.Train, shared},
		"bce":   {d.Autoencoders["bce"].Train, shared},
		"l1": {d.Autoencoders["l1"].Train, trainOf(func(s *Train) {
			s.Optimizer, s.WeightDecay, s.Decay = SGD, new(0.01), DecayWeights
			s.Schedule = &Schedule{Type: Constant, WarmUp: 2}
		})},
		"mse": {d.Autoencoders["mse"].Train, trainOf(func(s *Train) { s.Optimizer, s.Schedule = Adam, &Schedule{Type: Constant} })},
		"random": {d.Classifiers["random"].Train, trainOf(func(s *Train) {
			s.Optimizer, s.Momentum, s.Nesterov, s.Schedule = SGD, new(0.9), new(true), steps
		})},
		"pretrained": {d.Classifiers["pretrained"].Train, trainOf(func(s *Train) {
			s.Optimizer, s.Momentum, s.WeightDecay, s.Schedule = SGD, new(0.9), new(0.01), &Schedule{Type: Cosine}
		})},
		"end_to_end":      {d.Classifiers["end_to_end"].Train, trainOf(func(s *Train) { s.Optimizer, s.WeightDecay, s.Schedule = AdamW, new(0.1), steps })},
		"mse, in a stage": {d.Autoencoders["mse"].WithoutDefaults(), trainOf(func(*Train) {})},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	text, err := d.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, loadText(t, string(text))); diff != "" {
		t.Errorf("(-written +read):\n%s\n%s", diff, text)
	}
}

// TestNamingAnOptimizerStartsOver changes a base's optimizer and schedule.
func TestNamingAnOptimizerStartsOver(t *testing.T) {
	const base = "base: report\ntrain: {optimizer: sgd, momentum: 0.9, weight_decay: 0.01, schedule: {type: steps, at: [50], warm_up: 5}}\n"
	for set, want := range map[string]Train{
		"train.optimizer=adam": trainOf(func(s *Train) { s.Schedule = &Schedule{Type: Steps, At: []int{50}, Factor: 0.1, WarmUp: 5} }),
		"train.schedule.type=cosine": trainOf(func(s *Train) {
			s.Optimizer, s.Momentum, s.WeightDecay, s.Schedule = SGD, new(0.9), new(0.01), &Schedule{Type: Cosine}
		}),
		"train.schedule.warm_up=0": trainOf(func(s *Train) {
			s.Optimizer, s.Momentum, s.WeightDecay, s.Schedule = SGD, new(0.9), new(0.01), &Schedule{Type: Steps, At: []int{50}, Factor: 0.1}
		}),
		"train.momentum=0": trainOf(func(s *Train) {
			s.Optimizer, s.WeightDecay, s.Schedule = SGD, new(0.01), &Schedule{Type: Steps, At: []int{50}, Factor: 0.1, WarmUp: 5}
		}),
		"train.schedule={factor: .5}": trainOf(func(s *Train) {
			s.Optimizer, s.Momentum, s.WeightDecay, s.Schedule = SGD, new(0.9), new(0.01), &Schedule{Type: Steps, At: []int{50}, Factor: 0.5, WarmUp: 5}
		}),
	} {
		if diff := cmp.Diff(want, loadText(t, base, set).Train); diff != "" {
			t.Errorf("--set %s (-want +got):\n%s", set, diff)
		}
	}
}

// TestDefaultsOfATrainingAreLeftOut spells all of them out.
func TestDefaultsOfATrainingAreLeftOut(t *testing.T) {
	d := loadText(t, "base: report\ntrain: {optimizer: adam, weight_decay: 0, decay: all, schedule: {type: constant, warm_up: 0}}\n")
	plain, err := Load("report", nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Name, d.Description = plain.Name, plain.Description
	if diff := cmp.Diff(plain, d); diff != "" {
		t.Errorf("(-report +with defaults):\n%s", diff)
	}
}

// TestLastingStretchesTheSchedule trains three times as long.
func TestLastingStretchesTheSchedule(t *testing.T) {
	short := trainOf(func(s *Train) { s.Schedule = &Schedule{Type: Steps, At: []int{50, 75}, Factor: 0.1, WarmUp: 5} })
	want := trainOf(func(s *Train) {
		s.Epochs, s.Schedule = 300, &Schedule{Type: Steps, At: []int{150, 225}, Factor: 0.1, WarmUp: 15}
	})
	if diff := cmp.Diff(want, short.Lasting(300)); diff != "" {
		t.Error(diff)
	}
	if short.Schedule.At[0] != 50 {
		t.Error("the shorter training's schedule was changed")
	}
}

// TestAugment checks what entries take over of the shared augmentation: a frozen
// encoder's classifier none of it.
func TestAugment(t *testing.T) {
	d := loadText(t, `
base: report
train: {augment: {pad: 4, flip: 0.5, crop: 1}}
autoencoders:
  l1: {loss: l1, augment: {}}
  mse: {loss: mse, augment: {grey: 0.2}}
aggregations:
  local: {encoder: random}
classifiers:
  joint: {encoder: random, trains: [classifier, decoder], losses: {cross_entropy: 1, bce: 1}}
`)
	padded := &Augment{Pad: 4, Flip: 0.5}
	for name, c := range map[string]struct {
		got  Train
		want *Augment
	}{
		"bce":             {d.Autoencoders["bce"].Train, padded},
		"l1":              {d.Autoencoders["l1"].Train, new(Augment)},
		"l1, in a stage":  {d.Autoencoders["l1"].WithoutDefaults(), nil},
		"mse":             {d.Autoencoders["mse"].Train, &Augment{Grey: 0.2}},
		"local":           {d.Aggregations["local"].Train, padded},
		"frozen":          {d.Classifiers["pretrained"].Train, nil},
		"decoder trained": {d.Classifiers["joint"].Train, padded},
		"end_to_end":      {d.Classifiers["end_to_end"].Train, padded},
	} {
		if diff := cmp.Diff(c.want, c.got.Augment); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	text, err := d.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, loadText(t, string(text))); diff != "" {
		t.Errorf("(-written +read):\n%s\n%s", diff, text)
	}
}
