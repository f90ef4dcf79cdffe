package config

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestYAMLRoundTrip checks that Load reads what YAML wrote.
func TestYAMLRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "definition.yaml")
	rapid.Check(t, func(t *rapid.T) {
		want := definitionGen().Draw(t, "definition")
		text, err := want.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-written +read):\n%s\n%s", diff, text)
		}
		again, err := got.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(text), string(again)); diff != "" {
			t.Fatalf("written again (-first +second):\n%s", diff)
		}
	})
}

// definitionGen draws resolved definitions.
func definitionGen() *rapid.Generator[*Definition] {
	return rapid.Custom(func(t *rapid.T) *Definition {
		published := slices.DeleteFunc(slices.Clone(Sets), func(s Set) bool { return s.Name == FolderSet })
		set := rapid.SampledFrom(published).Draw(t, "set")
		d := &Definition{
			Name:        rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,20}`).Draw(t, "name"),
			Description: rapid.StringMatching(`[^\x00-\x1f\x7f]{0,40}`).Draw(t, "description"),
			Seed:        uint64(rapid.Uint32().Draw(t, "seed")),
			Data: Data{
				Set:   set.Name,
				Train: rapid.SampledFrom([]int{0, 100, set.Train}).Draw(t, "train images"),
				Test:  rapid.SampledFrom([]int{0, 500, set.Test}).Draw(t, "test images"),

				Preparation: drawPreparation(t, set),
			},
			Model: drawModel(t),
			Train: drawTrain(t),
			Features: Features{
				Images:     rapid.IntRange(20, 100).Draw(t, "images"),
				Components: rapid.IntRange(2, 4).Draw(t, "components"),
			},
			Evaluate:   Evaluate{Protocols: []string{"full"}, Every: rapid.IntRange(1, 1000).Draw(t, "every")},
			Checkpoint: Checkpoint{Steps: rapid.IntRange(0, 1000).Draw(t, "steps")},
			Figures:    rapid.Permutation(Figures).Draw(t, "figures")[:rapid.IntRange(0, len(Figures)).Draw(t, "how many")],
		}
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z][a-z0-9_-]{0,10}`), 1, 4, rapid.ID)
		encoders := []string{Random}
		for _, name := range names.Draw(t, "auto-encoders") {
			if name == Random {
				continue
			}
			if d.Autoencoders == nil {
				d.Autoencoders = map[string]Autoencoder{}
			}
			a := Autoencoder{Losses: drawSum(t, LossesOf(Decoder), []string{"l1"}), Train: drawTrain(t)}
			if rapid.Bool().Draw(t, "other images") {
				other := rapid.SampledFrom(published).Draw(t, "other set")
				a.Data = &Pretraining{Set: other.Name, Train: rapid.SampledFrom([]int{0, 1000}).Draw(t, "how many"), Preparation: drawPreparation(t, other)}
				if other.Unlabelled > 0 {
					a.Data.Images = rapid.SampledFrom(append(PretrainingImages, "")).Draw(t, "which")
				}
			}
			d.Autoencoders[name] = a
			encoders = append(encoders, name)
		}
		d.Classifiers = map[string]Classifier{}
		for _, name := range names.Draw(t, "classifiers") {
			d.Classifiers[name] = drawClassifier(t, rapid.SampledFrom(encoders).Draw(t, "encoder"))
		}
		d.resolve()
		return d
	})
}

// drawPreparation makes a set's images those that drawModel takes.
func drawPreparation(t *rapid.T, set Set) Preparation {
	if set.Image == [3]int{3, 32, 32} && rapid.Bool().Draw(t, "as they are") {
		return Preparation{}
	}
	return Preparation{Size: 32, Channels: 3, Fit: rapid.SampledFrom(Fits).Draw(t, "fit")}
}

func drawClassifier(t *rapid.T, encoder string) Classifier {
	if probe := rapid.SampledFrom(Probes).Draw(t, "probe"); !probe.Trained {
		return Classifier{Encoder: encoder, Probe: probe.Name}
	}
	c := Classifier{Encoder: encoder, Train: drawTrain(t)}
	c.Trains = rapid.Permutation(Parts).Draw(t, "parts")[:rapid.IntRange(1, len(Parts)).Draw(t, "how many parts")]
	var useful, needed []string
	for _, loss := range Losses {
		if c.Changes(Encoder) || c.Changes(loss.Part) {
			useful = append(useful, loss.Name)
		}
	}
	for _, part := range []string{Decoder, Head} {
		if c.Changes(part) {
			needed = append(needed, LossesOf(part)[0])
		}
	}
	if needed == nil {
		needed = useful[:1]
	}
	c.Losses = drawSum(t, useful, needed)
	return c
}

// drawSum gives every needed loss a weight above 0.
func drawSum(t *rapid.T, names, needed []string) LossSum {
	sum := LossSum{}
	for _, name := range names {
		sum[name] = rapid.SampledFrom([]float64{0, 1, 0.1, 1e-300, 3, 1e9}).Draw(t, "weight of "+name)
		if slices.Contains(needed, name) && sum[name] == 0 {
			sum[name] = 1
		}
	}
	return sum
}

func drawTrain(t *rapid.T) Train {
	train := Train{
		Epochs:       rapid.IntRange(1, 1e9).Draw(t, "epochs"),
		Batch:        rapid.IntRange(1, 100).Draw(t, "batch"),
		LearningRate: rapid.Float64Range(math.SmallestNonzeroFloat64, 1).Draw(t, "learning rate"),
		Optimizer:    rapid.SampledFrom(Optimizers).Draw(t, "optimizer"),
		Schedule:     drawSchedule(t),
	}
	if rapid.Bool().Draw(t, "weight decay") {
		train.WeightDecay, train.Decay = new(0.1), rapid.SampledFrom(Decays).Draw(t, "decay")
	}
	if train.Optimizer == SGD && rapid.Bool().Draw(t, "momentum") {
		train.Momentum, train.Nesterov = new(0.9), new(rapid.Bool().Draw(t, "nesterov"))
	}
	if rapid.Bool().Draw(t, "the shared optimizer") {
		train.Optimizer, train.Momentum, train.Nesterov = "", nil, nil
	}
	train.Epochs = max(train.Epochs, 10)
	return train
}

// drawSchedule draws one of fewer than 10 epochs.
func drawSchedule(t *rapid.T) *Schedule {
	s := &Schedule{Type: rapid.SampledFrom(Schedules).Draw(t, "schedule"), WarmUp: rapid.IntRange(0, 3).Draw(t, "warm-up")}
	if s.Type == Steps {
		s.At, s.Factor = []int{5, 8}, rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "factor")
	}
	return s
}

// drawModel draws an encoder that halves the images several times, and its
// mirror image.
func drawModel(t *rapid.T) Model {
	m := Model{Pool: rapid.SampledFrom(Pools).Draw(t, "pool")}
	channels := rapid.SliceOfN(rapid.IntRange(1, 100), 1, 4).Draw(t, "channels")
	for _, out := range channels {
		m.Encoder = append(m.Encoder, Layer{Type: "conv2d", Out: out, Kernel: 4, Stride: 2, Padding: 1}, Layer{Type: "relu"})
	}
	for i := range channels {
		out := 3
		if i < len(channels)-1 {
			out = channels[len(channels)-2-i]
		}
		m.Decoder = append(m.Decoder, Layer{Type: "conv_transpose2d", Out: out, Kernel: 3, Stride: 2, Padding: 1, OutputPadding: 1})
	}
	m.Decoder = append(m.Decoder,
		Layer{Type: "conv2d", Out: 3, Kernel: 1, Stride: 1},
		Layer{Type: "sigmoid"})
	return m
}
