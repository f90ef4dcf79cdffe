package train

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch/ts"
	"go.yaml.in/yaml/v3"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// recipe is one of testdata/recipes.json, which testdata/expected.py makes.
type recipe struct {
	Settings   yaml.Node `yaml:"settings"`
	Rates      []float64 `yaml:"rates"`
	Parameters []float64 `yaml:"parameters"` // the weight's, then the bias's
	settings   config.Train
}

// recipes are PyTorch's, by name.
func recipes(t *testing.T) map[string]recipe {
	t.Helper()
	text, err := os.ReadFile("testdata/recipes.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Recipes map[string]recipe }
	if err := yaml.Unmarshal(text, &file); err != nil { // with the keys of a definition
		t.Fatal(err)
	}
	for name, r := range file.Recipes {
		if err := r.Settings.Decode(&r.settings); err != nil {
			t.Fatal(err)
		}
		file.Recipes[name] = r
	}
	if len(file.Recipes) == 0 {
		t.Fatal("no recipes")
	}
	return file.Recipes
}

const layerInputs, layerOutputs, layerExamples = 4, 3, 40

// drawn is that of testdata/expected.py.
func drawn(t *testing.T, first uint64, shape ...int64) *ts.Tensor {
	t.Helper()
	count := int64(1)
	for _, n := range shape {
		count *= n
	}
	values := make([]float32, count)
	for k := range values {
		values[k] = float32((first+uint64(k))*2654435761%(1<<32)>>16)/65536 - 0.5
	}
	tensor, err := torch.FromSlice(values, shape...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { torch.Drop(tensor) })
	return tensor
}

// layerTask is the training of testdata/expected.py.
func layerTask(t *testing.T, settings config.Train) *Task {
	t.Helper()
	images, targets := drawn(t, 1, layerExamples, layerInputs), drawn(t, 1000, layerExamples, layerOutputs)
	weight, bias := drawn(t, 2000, layerOutputs, layerInputs), drawn(t, 3000, layerOutputs)
	generator, err := torch.NewGenerator(5)
	if err != nil {
		t.Fatal(err)
	}
	parameters := []models.Parameter{{Name: "weight", Tensor: weight}, {Name: "bias", Tensor: bias}}
	return &Task{Settings: settings, Generator: generator, Examples: layerExamples, Trained: parameters, Weights: parameters,
		FLOPs: smallestPart, // so that each thread gets a part
		Loss: func(index *ts.Tensor) (*ts.Tensor, error) {
			var s torch.Scope
			defer s.Drop()
			x := s.Do(func() (*ts.Tensor, error) { return images.IndexSelect(0, index, false) })
			target := s.Do(func() (*ts.Tensor, error) { return targets.IndexSelect(0, index, false) })
			turned := s.Do(func() (*ts.Tensor, error) { return weight.Transpose(0, 1, false) })
			product := s.Do(func() (*ts.Tensor, error) { return x.Matmul(turned, false) })
			output := s.Do(func() (*ts.Tensor, error) { return product.Add(bias, false) })
			difference := s.Do(func() (*ts.Tensor, error) { return output.Sub(target, false) })
			square := s.Do(func() (*ts.Tensor, error) { return difference.Mul(difference, false) })
			if s.Err != nil {
				return nil, s.Err
			}
			return square.Mean(square.DType(), false)
		},
		Test: func(context.Context) (metrics.Scores, error) { return metrics.Scores{}, nil },
		Drop: func() {}}
}

// runLayer trains in dir; inputs are the settings.
func runLayer(t *testing.T, ctx context.Context, dir string, task *Task, change func(*Options)) error {
	t.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	defer unpin()
	text, err := yaml.Marshal(map[string]any{"training": task.Settings})
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	inputs, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Dir: dir, Inputs: inputs, TestEvery: 1000, Device: torch.CPU, Threads: 1, Events: func(metrics.Event) {}}
	if change != nil {
		change(&o)
	}
	_, _, err = Run(ctx, task, o)
	return err
}

// parametersOf are those of a task, the weight's, then the bias's.
func parametersOf(t *testing.T, task *Task) []float64 {
	t.Helper()
	var all []float64
	for _, p := range task.Weights {
		values, err := torch.ToSlice[float32](p.Tensor)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			all = append(all, float64(v))
		}
	}
	return all
}

// TestRecipesAreThoseOfPyTorch trains by every optimizer and schedule for 100
// steps, on one thread and in two parts.
func TestRecipesAreThoseOfPyTorch(t *testing.T) {
	for name, r := range recipes(t) {
		for _, threads := range []int{1, 2} {
			task, dir := layerTask(t, r.settings), t.TempDir()
			if err := runLayer(t, t.Context(), dir, task, func(o *Options) { o.Threads = threads }); err != nil {
				t.Fatal(err)
			}
			got := parametersOf(t, task)
			var largest, worst float64
			for i, want := range r.Parameters {
				largest, worst = max(largest, math.Abs(want)), max(worst, math.Abs(got[i]-want))
			}
			t.Logf("%s, %d threads: %.1e from PyTorch's", name, threads, worst/largest)
			if !(worst <= 1e-6*largest) || len(got) != len(r.Parameters) {
				t.Errorf("%s, %d threads: %v, PyTorch's %v", name, threads, got, r.Parameters)
			}
			lines, err := metrics.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range lines {
				if r.settings.Schedule == nil {
					line.LearningRate = LearningRate(r.settings, i+1)
				}
				if d := math.Abs(line.LearningRate/r.Rates[i] - 1); !(d < 1e-12) {
					t.Errorf("%s: the learning rate of epoch %d is %g, PyTorch's %g", name, i+1, line.LearningRate, r.Rates[i])
				}
			}
		}
	}
}

// TestEveryRecipeResumesToTheBit stops each training after every step or two.
func TestEveryRecipeResumesToTheBit(t *testing.T) {
	for name, r := range recipes(t) {
		whole, pieces := t.TempDir(), t.TempDir()
		if err := runLayer(t, t.Context(), whole, layerTask(t, r.settings), nil); err != nil {
			t.Fatal(err)
		}
		interruptions := 0
		for ; ; interruptions++ {
			left := interruptions % 2 // an epoch's end needs a look at the context
			err := runLayer(t, ending{t.Context(), &left}, pieces, layerTask(t, r.settings), nil)
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) || interruptions > 300 {
				t.Fatal(err)
			}
		}
		if interruptions < 50 {
			t.Errorf("%s: interrupted %d times in 100 steps", name, interruptions)
		}
		for _, file := range []string{StateFile, CheckpointFile} {
			if diff := cmp.Diff(tensors(t, whole, file), tensors(t, pieces, file)); diff != "" {
				t.Errorf("%s: %s (-uninterrupted +interrupted):\n%s", name, file, diff)
			}
		}
	}
}

// TestStatesAreNamedAfterTheOptimizer holds the names in checkpoints, which may
// never change.
func TestStatesAreNamedAfterTheOptimizer(t *testing.T) {
	adam := func(name string) []string {
		return []string{name + ".average.bias", name + ".average.weight", name + ".square.bias", name + ".square.weight", name + ".step"}
	}
	all := recipes(t)
	for name, want := range map[string][]string{
		"adam": adam("adam"), "adamw, cosine": adam("adamw"), "sgd": nil,
		"sgd, nesterov, decay, steps": {"sgd.momentum.bias", "sgd.momentum.weight"},
	} {
		dir := t.TempDir()
		if err := runLayer(t, t.Context(), dir, layerTask(t, all[name].settings), nil); err != nil {
			t.Fatal(err)
		}
		state := tensors(t, dir, StateFile)
		for _, other := range []string{"weight", "bias", generatorName} {
			delete(state, other)
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(state))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A steady optimizer tells its learning rate.
type steady struct {
	Optimizer
	rate float64
}

func (s *steady) SetLearningRate(rate float64) {
	s.rate = rate
	s.Optimizer.SetLearningRate(rate)
}

// TestAChangedRateIsRecordedAgain replays steps as a GPU does: with the learning
// rate that they were recorded with.
func TestAChangedRateIsRecordedAgain(t *testing.T) {
	all := recipes(t)
	for name, want := range map[string]int{"adam": 1, "sgd, momentum, decay of weights, cosine": 10, "adam, decay, steps": 3,
		"sgd, decay, steps after a warm-up": 5} {
		plain, replayed := layerTask(t, all[name].settings), layerTask(t, all[name].settings)
		if err := runLayer(t, t.Context(), t.TempDir(), plain, nil); err != nil {
			t.Fatal(err)
		}
		var o *steady
		replayed.NewOptimizer = func(trained []models.Parameter, s config.Train, parts int) (Optimizer, error) {
			made, err := NewOptimizer(trained, s, parts)
			o = &steady{made, s.LearningRate}
			return o, err
		}
		recordings, kept := 0, 0
		record := func(step func() error) (func() error, func(), error) {
			recordings++
			kept++
			rate := o.rate
			return func() error { o.Optimizer.SetLearningRate(rate); return step() }, func() { kept-- }, nil
		}
		if err := runLayer(t, t.Context(), t.TempDir(), replayed, func(o *Options) { o.Record = record }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(parametersOf(t, plain), parametersOf(t, replayed)); diff != "" {
			t.Errorf("%s (-plain +replayed):\n%s", name, diff)
		}
		if recordings != want || kept != 0 {
			t.Errorf("%s: recorded %d times, not %d; %d recordings kept", name, recordings, want, kept)
		}
	}
}

// TestACosineCannotBeProlonged goes on for more epochs, which only a cosine
// forbids.
func TestACosineCannotBeProlonged(t *testing.T) {
	all := recipes(t)
	for name, refused := range map[string]bool{"adam": false, "adam, decay, steps": false, "adamw, cosine": true} {
		dir, left := t.TempDir(), 15
		settings := all[name].settings
		if err := runLayer(t, ending{t.Context(), &left}, dir, layerTask(t, settings), nil); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		settings.Epochs = 12
		err := runLayer(t, t.Context(), dir, layerTask(t, settings), nil)
		want := "training.epochs was 10, is 12, and the cosine schedule"
		switch {
		case refused && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "or remove "+dir)):
			t.Errorf("%s: %v, want %q and a remedy", name, err, want)
		case !refused && err != nil:
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOptimizersAreThoseOfConfig compares both tables.
func TestOptimizersAreThoseOfConfig(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(slices.Values(config.Optimizers)), slices.Sorted(maps.Keys(optimizers))); diff != "" {
		t.Errorf("(-config +train):\n%s", diff)
	}
}

// TestEveryScheduleHasARecipe keeps one from being held against nothing.
func TestEveryScheduleHasARecipe(t *testing.T) {
	known := map[string]bool{}
	for _, r := range recipes(t) {
		known[r.settings.OptimizerSettings().Name] = true
		if r.settings.Schedule != nil {
			known[r.settings.Schedule.Type] = true
		}
	}
	for _, name := range slices.Concat(config.Optimizers, config.Schedules) {
		if !known[name] {
			t.Errorf("no recipe of testdata/expected.py has %s", name)
		}
	}
}
