package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// momentum is SGD with momentum 0.9, as an example of another optimizer.
type momentum struct {
	w, velocity *ts.Tensor
	rate        float64
}

func newMomentum(trained []models.Parameter, s config.Train, _ int) (Optimizer, error) {
	w := trained[0].Tensor
	if err := w.RequiresGrad_(true); err != nil {
		return nil, err
	}
	velocity, err := torch.FromSlice(make([]float32, w.Numel()), int64(w.Numel()))
	return &momentum{w, velocity, s.LearningRate}, err
}

func (m *momentum) SetLearningRate(rate float64) { m.rate = rate }

func (m *momentum) BackPropagate(_ int, loss *ts.Tensor, _ float64) error { return loss.Backward() }

func (m *momentum) Update(int) error {
	return torch.NoGrad(func() error {
		gradient, err := m.w.Grad(false)
		if err != nil {
			return err
		}
		defer torch.Drop(gradient)
		if err := m.velocity.MulScalar_(ts.FloatScalar(0.9)); err != nil {
			return err
		}
		if err := m.velocity.Add_(gradient); err != nil {
			return err
		}
		step, err := m.velocity.MulScalar(ts.FloatScalar(m.rate), false)
		if err != nil {
			return err
		}
		defer torch.Drop(step)
		if err := m.w.Sub_(step); err != nil {
			return err
		}
		return gradient.Zero_()
	})
}

func (m *momentum) EachState(f func(string, *ts.Tensor) error) error {
	return f("momentum.velocity", m.velocity)
}

func (m *momentum) Drop() { torch.Drop(m.velocity) }

// toy learns the mean of four numbers. Its bank holds how often each was seen,
// and its epochs counter how often StartEpoch ran.
type toy struct {
	w, values, bank, epochs *ts.Tensor
	started                 []int
	left                    int // looks at the context before it ends
}

func newToy(t *testing.T, left int) *toy {
	t.Helper()
	make := func(tensor *ts.Tensor, err error) *ts.Tensor {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { torch.Drop(tensor) })
		return tensor
	}
	return &toy{w: make(torch.FromSlice([]float32{0}, 1)), values: make(torch.FromSlice([]float32{1, 2, 3, 4}, 4)),
		bank: make(torch.FromSlice(make4(), 4)), epochs: make(torch.FromSlice([]int64{0})), left: left}
}

func make4() []int64 { return []int64{0, 0, 0, 0} }

func (y *toy) task(t *testing.T) *Task {
	t.Helper()
	generator, err := torch.NewGenerator(1)
	if err != nil {
		t.Fatal(err)
	}
	return &Task{
		Settings: config.Train{Epochs: 3, Batch: 1, LearningRate: 0.05}, Generator: generator, Examples: 4,
		Trained: []models.Parameter{{Name: "w", Tensor: y.w}}, Weights: []models.Parameter{{Name: "w", Tensor: y.w}},
		State: []models.Parameter{{Name: "bank", Tensor: y.bank}, {Name: "epochs", Tensor: y.epochs}},
		Loss: func(index *ts.Tensor) (*ts.Tensor, error) {
			var s torch.Scope
			defer s.Drop()
			x := s.Do(func() (*ts.Tensor, error) { return y.values.IndexSelect(0, index, false) })
			difference := s.Do(func() (*ts.Tensor, error) { return y.w.Sub(x, false) })
			square := s.Do(func() (*ts.Tensor, error) { return difference.Mul(difference, false) })
			if s.Err != nil {
				return nil, s.Err
			}
			return square.Mean(square.DType(), false)
		},
		Whole: true,
		StartEpoch: func(_ context.Context, epoch int) error {
			y.started = append(y.started, epoch)
			return add(y.epochs, 0)
		},
		AfterStep: func(index *ts.Tensor) error {
			examples, err := torch.ToSlice[int64](index)
			if err != nil {
				return err
			}
			return add(y.bank, int(examples[0]))
		},
		Test: func(context.Context) (metrics.Scores, error) {
			values, err := torch.ToSlice[float32](y.w)
			return metrics.Scores{"w": float64(values[0])}, err
		},
		NewOptimizer: newMomentum, Drop: func() {},
	}
}

// add counts one at an index of an int64 tensor.
func add(t *ts.Tensor, at int) error {
	values, err := torch.ToSlice[int64](t)
	if err != nil {
		return err
	}
	values[at]++
	changed, err := torch.FromSlice(values, t.MustSize()...)
	if err != nil {
		return err
	}
	defer torch.Drop(changed)
	return torch.Copy(t, changed)
}

// ending is a context that ends after a number of looks at it.
type ending struct {
	context.Context
	left *int
}

func (e ending) Err() error {
	if *e.left--; *e.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestATrainingWithItsOwnOptimizerStateAndHooksResumes stops a training after
// every step, and compares what it leaves with an uninterrupted one: another
// optimizer, an int64 memory bank, and a hook that runs once per epoch.
func TestATrainingWithItsOwnOptimizerStateAndHooksResumes(t *testing.T) {
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	defer unpin()
	train := func(dir string, left int) (*toy, error) {
		y := newToy(t, left)
		task := y.task(t)
		_, _, err := Run(ending{t.Context(), &y.left}, task, Options{Dir: dir, Inputs: []byte(`{}`), TestEvery: 1, Device: torch.CPU,
			Threads: 1, Events: func(metrics.Event) {}})
		return y, err
	}
	whole, pieces := t.TempDir(), t.TempDir()
	y, err := train(whole, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, y.started); diff != "" {
		t.Errorf("epochs started: %s", diff)
	}
	var started []int
	interruptions := 0
	for ; ; interruptions++ {
		y, err := train(pieces, interruptions%2) // a test needs a look at the context
		started = append(started, y.started...)
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || interruptions > 100 {
			t.Fatal(err)
		}
	}
	if interruptions < 6 {
		t.Errorf("interrupted %d times in 12 steps", interruptions)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, started); diff != "" {
		t.Errorf("epochs started over all interruptions: %s", diff)
	}
	for _, name := range []string{StateFile, CheckpointFile} {
		if diff := cmp.Diff(tensors(t, whole, name), tensors(t, pieces, name)); diff != "" {
			t.Errorf("%s (-uninterrupted +interrupted):\n%s", name, diff)
		}
	}
	state := tensors(t, pieces, StateFile)
	if want := weights.Int64s([]int{4}, []int64{3, 3, 3, 3}); !cmp.Equal(state["bank"], want) {
		t.Errorf("the bank holds %v", state["bank"])
	}
	if _, has := tensors(t, pieces, CheckpointFile)["bank"]; has {
		t.Error("the final weights hold the memory bank")
	}
}

// tensors are those of a file in dir, without the clock's times.
func tensors(t *testing.T, dir, name string) map[string]weights.Array {
	t.Helper()
	f, err := weights.Read(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	delete(f.Tensors, metricsName)
	return f.Tensors
}

func TestMetricsAreRestoredFromTheCheckpoint(t *testing.T) {
	f := &folder{dir: t.TempDir()}
	want := "{\"epoch\":1}\n"
	for name, there := range map[string]string{"missing": "", "longer": want + "{\"epoch\":2}\n", "other": "x"} {
		path := f.path(metrics.File)
		if there != "" {
			if err := os.WriteFile(path, []byte(there), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.restoreMetrics([]byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
