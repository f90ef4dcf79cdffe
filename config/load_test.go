package config

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write writes a file to the current folder.
func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, nameOrPath string, sets ...string) *Definition {
	t.Helper()
	d, err := Load(nameOrPath, sets)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// defaultFigures may not grow, or finished runs would have to be drawn again.
var defaultFigures = []string{"architecture", "reconstructions", "pca", "loss-curves", "decoded", "autoencoder-losses", "confusion"}

// TestReport checks every number of the report's recipe.
func TestReport(t *testing.T) {
	train := Train{Epochs: 100, Batch: 16, LearningRate: 0.001}
	down := func(out int) Layer { return Layer{Type: "conv2d", Out: out, Kernel: 4, Stride: 2, Padding: 1} }
	up := func(out int) Layer {
		return Layer{Type: "conv_transpose2d", Out: out, Kernel: 4, Stride: 2, Padding: 1}
	}
	relu := Layer{Type: "relu"}
	want := &Definition{
		Name:        "report",
		Description: "The full report, 100 epochs of everything on CIFAR-10",
		Seed:        87,
		Data:        Data{Set: "cifar10"},
		Model: Model{
			Encoder: []Layer{down(12), relu, down(24), relu, down(48), relu},
			Decoder: []Layer{up(24), relu, up(12), relu, up(3), {Type: "sigmoid"}},
			Pool:    "avg",
		},
		Train: train,
		Autoencoders: map[string]Autoencoder{
			"bce": {Loss: "bce", Train: train},
			"l1":  {Loss: "l1", Train: train},
			"mse": {Loss: "mse", Train: train},
		},
		Classifiers: map[string]Classifier{
			"random":     {Encoder: Random, Freeze: new(true), Loss: "cross_entropy", Train: train},
			"pretrained": {Encoder: "bce", Freeze: new(true), Loss: "cross_entropy", Train: train},
			"end_to_end": {Encoder: Random, Freeze: new(false), Loss: "cross_entropy", Train: train},
		},
		Features:   Features{Images: 10000, Components: 2},
		Evaluate:   Evaluate{Protocols: []string{"first500", "full"}, Every: 1},
		Checkpoint: Checkpoint{Steps: 1000},
		Precision:  Precision{TF32: true},
		Figures:    defaultFigures,
	}
	if diff := cmp.Diff(want, load(t, "report")); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

// TestDefaults loads a minimal definition.
func TestDefaults(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "least.yaml", `
model:
  encoder: [{type: conv2d, out: 4, kernel: 2, stride: 2}]
  decoder: [{type: conv_transpose2d, out: 3, kernel: 1}, {type: conv_transpose2d, out: 3, kernel: 2, stride: 2}]
classifiers:
  only: {encoder: random, freeze: false}
`)
	train := Train{Epochs: 100, Batch: 16, LearningRate: 0.001}
	want := &Definition{
		Name: "least",
		Seed: 87,
		Data: Data{Set: "cifar10"},
		Model: Model{
			Encoder: []Layer{{Type: "conv2d", Out: 4, Kernel: 2, Stride: 2}},
			Decoder: []Layer{
				{Type: "conv_transpose2d", Out: 3, Kernel: 1, Stride: 1},
				{Type: "conv_transpose2d", Out: 3, Kernel: 2, Stride: 2},
			},
			Pool: "avg",
		},
		Train:       train,
		Classifiers: map[string]Classifier{"only": {Encoder: Random, Freeze: new(false), Loss: "cross_entropy", Train: train}},
		Features:    Features{Images: 10000, Components: 2},
		Evaluate:    Evaluate{Protocols: []string{"first500", "full"}, Every: 1},
		Checkpoint:  Checkpoint{Steps: 1000},
		Precision:   Precision{TF32: true},
		Figures:     defaultFigures,
	}
	if diff := cmp.Diff(want, load(t, "least.yaml")); diff != "" {
		t.Errorf("least.yaml (-want +got):\n%s", diff)
	}
}

// TestDefaultNumericsAreLeftOut: a definition's YAML decides its fingerprint,
// which existed before there was a choice.
func TestDefaultNumericsAreLeftOut(t *testing.T) {
	for sets, want := range map[string]string{"": "", "numerics.bce=clamped": "", "numerics.bce=exact": "numerics:\n  bce: exact\n"} {
		d := load(t, "smoke", strings.Fields(sets)...)
		text, err := d.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(text); strings.Contains(got, "numerics") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: want %q in\n%s", sets, want, got)
		}
	}
}

// TestLayers checks the precedence of sources.
func TestLayers(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("sub", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, "sub/middle.yaml", `
base: report
name: middle
description: not inherited
seed: 1
train: {epochs: 20, batch: 32}
autoencoders:
  l1: {epochs: 21}
  mse: null
  huge: {loss: mse, batch: 500}
figures: [pca]
`)
	write(t, "top.yaml", `
base: sub/middle.yaml
train: {epochs: 30}
autoencoders:
  l1: {learning_rate: 1}
  mse: {loss: l1}
classifiers:
  random: null
data: {train: 600}
`)
	d := load(t, "top.yaml", "train.epochs=40", "classifiers.end_to_end={epochs: 4e1, batch: 1}", "data.test=500", "train.epochs=41")
	want := load(t, "report")
	want.Name, want.Description, want.Seed = "top", "", 1
	want.Data = Data{Set: "cifar10", Train: 600, Test: 500}
	want.Train = Train{Epochs: 41, Batch: 32, LearningRate: 0.001}
	want.Autoencoders = map[string]Autoencoder{
		"bce":  {Loss: "bce", Train: want.Train},
		"l1":   {Loss: "l1", Train: Train{Epochs: 21, Batch: 32, LearningRate: 1}},
		"mse":  {Loss: "l1", Train: want.Train},
		"huge": {Loss: "mse", Train: Train{Epochs: 41, Batch: 500, LearningRate: 0.001}},
	}
	want.Classifiers = map[string]Classifier{
		"pretrained": {Encoder: "bce", Freeze: new(true), Loss: "cross_entropy", Train: want.Train},
		"end_to_end": {Encoder: Random, Freeze: new(false), Loss: "cross_entropy", Train: Train{Epochs: 40, Batch: 1, LearningRate: 0.001}},
	}
	want.Features.Images = 600
	want.Figures = []string{"pca"}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("top.yaml (-want +got):\n%s", diff)
	}
}

func TestSeeds(t *testing.T) {
	for text, want := range map[string]uint64{
		"4294967295": 1<<32 - 1,
		"0":          0,
		"0x57":       87,
		"1e3":        1000,
	} {
		if got := load(t, "smoke", "seed="+text).Seed; got != want {
			t.Errorf("seed %s became %d", text, got)
		}
	}
}

// TestErrorIsTyped checks the fields of an error.
func TestErrorIsTyped(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "my.yaml", "base: report\ntrain: {epochs: 3.9, bach: 4}\n")
	_, err := Load("my.yaml", nil)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is not an *Error", err)
	}
	want := []Problem{
		{File: "my.yaml", Line: 2, Column: 9, Key: "train.epochs", Message: "expected an integer >= 1, found 3.9"},
		{File: "my.yaml", Line: 2, Column: 22, Key: "train.bach", Message: "unknown key",
			Hint: `did you mean "batch"? known: augment, batch, decay, epochs, learning_rate, momentum, nesterov, optimizer, schedule, weight_decay`},
	}
	if diff := cmp.Diff(want, e.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// TestErrorIsBounded checks the limits on the problems that a file of nothing
// but mistakes gives, and on those that are shown.
func TestErrorIsBounded(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"items":      "figures: [" + strings.Repeat("umap,", 5000) + "]",
		"duplicates": strings.Repeat("train: {}\n", 5000),
	} {
		write(t, "my.yaml", text)
		_, err := Load("my.yaml", nil)
		var e *Error
		if !errors.As(err, &e) || len(e.Problems) != maxProblems {
			t.Fatalf("%s: error %v", name, err)
		}
		if lines := strings.Split(err.Error(), "\n"); lines[len(lines)-1] != "and 950 more" || len(lines) > 2*maxShown+1 {
			t.Errorf("%s: %d lines, the last %q", name, len(lines), lines[len(lines)-1])
		}
	}
}

// TestTooLarge checks that a file's size is limited before parsing.
func TestTooLarge(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "my.yaml", "base: report\n#"+strings.Repeat(" ", maxSize))
	_, err := Load("my.yaml", nil)
	if want := "my.yaml: cannot parse YAML: longer than 262144 bytes"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestBuiltins(t *testing.T) {
	var got []string
	for _, b := range Builtins() {
		got = append(got, b.Name)
		d := load(t, b.Name)
		if d.Name != b.Name || d.Description != b.Description || b.Description == "" {
			t.Errorf("%s is called %q: %q, listed as %q", b.Name, d.Name, d.Description, b.Description)
		}
		text, err := BuiltinYAML(b.Name)
		if err != nil || !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s: no comment at the start, error %v", b.Name, err)
		}
	}
	if diff := cmp.Diff([]string{"aggregation", "joint", "pretraining", "quick", "report", "resnet18", "resnet20", "smoke", "study-quick", "study"}, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if _, err := BuiltinYAML("reprot"); err == nil || !strings.Contains(err.Error(), `did you mean "report"?`) {
		t.Errorf("error %v does not suggest report", err)
	}
}

// TestBuiltinAsFile saves a built-in definition to a file, as a user would.
func TestBuiltinAsFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, b := range Builtins() {
		text, err := BuiltinYAML(b.Name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, "mine.yaml", string(text))
		want := load(t, b.Name)
		want.Name = "mine"
		if diff := cmp.Diff(want, load(t, "mine.yaml")); diff != "" {
			t.Errorf("%s as a file (-want +got):\n%s", b.Name, diff)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"bce", "l1", "mse", "learning_rate"}
	for written, want := range map[string]string{
		"bec": "bce", "BCE": "bce", "bcee": "bce", "l2": "l1", "mes": "mse", "huber": "",
		"lerning-rate": "learning_rate", "rate": "", "": "", strings.Repeat("bce", 1000): "",
	} {
		if got := nearest(written, names); got != want {
			t.Errorf("nearest(%.20q) is %q, want %q", written, got, want)
		}
	}
}
