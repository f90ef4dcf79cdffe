package train

import (
	"context"
	"fmt"

	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// Run trains t to the end, from the newest checkpoint in o.Dir or from the
// beginning, and writes the final weights. mixed lists the changes of machinery
// on the way, empty unless o.AllowMixed. When ctx ends, Run saves a checkpoint
// and returns ctx's error.
func Run(ctx context.Context, t *Task, o Options) (summary *metrics.Training, mixed []string, err error) {
	tr, err := New(t, o)
	if err != nil {
		return nil, nil, err
	}
	defer tr.Close()
	if err := tr.resume(); err != nil {
		return nil, nil, err
	}
	if err := tr.train(ctx); err != nil {
		return nil, nil, err
	}
	summary, err = tr.finish()
	return summary, tr.mixed, err
}

// New makes a trainer of t, at its beginning. Close frees it.
func New(t *Task, o Options) (*Trainer, error) {
	parts := t.parts(t.Settings.Batch, o.Threads)
	tr := &Trainer{Task: t, Options: o, observeEvery: observeEvery, pace: pace{sharesCores: o.SharesCores},
		folder: &folder{dir: o.Dir, inputs: o.Inputs}, rate: t.Settings.LearningRate}
	newOptimizer := t.NewOptimizer
	if newOptimizer == nil {
		newOptimizer = NewOptimizer
	}
	var err error
	if tr.optimizer, err = newOptimizer(t.Trained, t.Settings, parts); err != nil {
		return nil, err
	}
	if !o.Device.IsCPU() {
		tr.observeEvery = 0 // reading a loss stalls a GPU
	}
	if tr.losses, err = newLosses(tr.stepsPerEpoch(), o.Device); err == nil {
		err = tr.usePlan()
	}
	if err == nil {
		tr.machinery = newMachinery(o, parts, tr.planned != nil)
		if tr.planned == nil {
			err = tr.useAutograd()
		}
	}
	if err != nil {
		tr.Close()
		return nil, err
	}
	return tr, nil
}

// useAutograd makes t train by libtorch's autograd.
func (t *Trainer) useAutograd() error {
	t.learn = t.minimize
	if t.Record != nil && !t.Varies {
		if err := t.useReplay(); err != nil {
			return err
		}
	}
	if parts := t.parts(t.Settings.Batch, t.Threads); parts > 1 {
		return t.useTeam(parts)
	}
	return nil
}

// Close frees what New made.
func (t *Trainer) Close() {
	if t.planned != nil {
		t.planned.crew.close()
	}
	if t.replayer != nil {
		t.replayer.release()
	}
	if t.team != nil {
		t.team.Close()
	}
	torch.Drop(t.losses)
	t.optimizer.Drop()
}

// ByPlan reports whether t trains by plan rather than by autograd.
func (t *Trainer) ByPlan() bool { return t.planned != nil }

// useReplay makes t replay its steps.
func (t *Trainer) useReplay() error {
	var err error
	t.replayer, err = newReplayer(t.minimize, t.Record, t.Settings.Batch, t.Device, func(err error) {
		t.Events(metrics.Event{Kind: metrics.Warning, Stage: t.Stage,
			Message: fmt.Sprintf("a step cannot be recorded as a CUDA graph, so training is slow: %v", err)})
	})
	if err != nil {
		return err
	}
	t.learn = t.replayer.learn
	return nil
}

// resume continues from the newest readable checkpoint, or from the beginning
// if there is none. A checkpoint of other inputs is refused.
func (t *Trainer) resume() error {
	states, problems := t.folder.states()
	for _, problem := range problems {
		t.Events(metrics.Event{Kind: metrics.Warning, Stage: t.Stage, Message: fmt.Sprintf("damaged checkpoint not used: %v", problem)})
	}
	if len(states) == 0 {
		return t.folder.restoreMetrics(nil)
	}
	newest := states[0]
	if err := t.folder.accept(newest, t.Settings.Epochs); err != nil {
		return err
	}
	if err := t.restore(newest); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := t.acceptMachinery(newest); err != nil {
		return err
	}
	if err := t.restoreMetrics(newest); err != nil {
		return err
	}
	t.Events(metrics.Event{Kind: metrics.StageResumed, Stage: t.Stage, Epoch: t.at.Epoch, Epochs: t.Settings.Epochs,
		Step: t.at.Step, Steps: t.stepsPerEpoch()})
	return nil
}

// restoreMetrics makes metrics.jsonl what it was at a checkpoint.
func (t *Trainer) restoreMetrics(state *weights.File) error {
	kept, has := state.Tensors[metricsName]
	if !has {
		return t.folder.truncateMetrics(t.at.MetricsBytes)
	}
	return t.folder.restoreMetrics(kept.Data)
}

// acceptMachinery refuses a checkpoint that was computed on other machinery,
// or notes the change if that is allowed.
func (t *Trainer) acceptMachinery(state *weights.File) error {
	mixed, err := mixedOf(state)
	if err != nil {
		return err
	}
	t.mixed = mixed
	difference, err := t.machinery.difference(state.Metadata[machineryKey])
	if err != nil || difference == "" {
		return err
	}
	if !t.AllowMixed {
		return otherMachinery(difference, t.Dir)
	}
	change := fmt.Sprintf("%s from epoch %d, step %d", difference, t.at.Epoch+1, t.at.Step+1)
	t.mixed = append(t.mixed, change)
	t.Events(metrics.Event{Kind: metrics.Warning, Stage: t.Stage, Message: "mixed computation: " + change})
	return nil
}

// finish writes the final weights and summarizes the training.
func (t *Trainer) finish() (*metrics.Training, error) {
	if err := t.writeWeights(CheckpointFile); err != nil {
		return nil, err
	}
	if err := t.folder.syncMetrics(); err != nil {
		return nil, err
	}
	lines, err := metrics.Read(t.Dir)
	if err != nil {
		return nil, err
	}
	if len(lines) != t.at.Epoch {
		return nil, fmt.Errorf("%s has %d lines after %d epochs", t.folder.path(metrics.File), len(lines), t.at.Epoch)
	}
	last := lines[len(lines)-1]
	return &metrics.Training{
		Plan: t.planned != nil, Epochs: t.at.Epoch, Steps: t.at.Epoch * t.stepsPerEpoch(),
		Loss: last.Loss, Test: last.Test,
		Seconds: t.at.Seconds, ImagesPerSecond: metrics.Rate(t.at.Epoch*t.Examples, t.at.Seconds),
	}, nil
}

// writeWeights writes the weights as they are.
func (t *Trainer) writeWeights(name string) error {
	f, err := models.File(t.Weights)
	if err != nil {
		return err
	}
	return weights.WriteSafetensors(t.folder.path(name), f)
}

// Measure takes steps on the batches of one order while more returns true,
// without tests and checkpoints. Benchmarks use it.
func (t *Trainer) Measure(more func() bool) error {
	order, err := t.shuffle()
	if err != nil {
		return err
	}
	defer torch.Drop(order)
	for more() {
		if err := t.take(order, t.at.Step+1); err != nil {
			return err
		}
		t.at.Step %= t.stepsPerEpoch()
	}
	return nil
}

// Losses are those of the first steps of the epoch.
func (t *Trainer) Losses(steps int) ([]float32, error) {
	losses, err := torch.ToSlice[float32](t.losses)
	if err != nil {
		return nil, err
	}
	return losses[:steps], nil
}
