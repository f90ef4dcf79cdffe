package experiments

import (
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
)

// newTrainer makes a trainer of t, at its beginning.
func (r *run) newTrainer(s *stage, t *task) (*trainer, error) {
	tr := &trainer{task: t, stage: s.name, testEvery: r.definition.Evaluate.Every, checkpoint: r.definition.Checkpoint.Steps,
		observeEvery: observeEvery, device: r.device, events: r.events, files: &trainingFiles{dir: filepath.Join(r.dir, s.name), inputs: s.inputsJSON}}
	parameters := make([]*ts.Tensor, len(t.trained))
	for i, p := range t.trained {
		parameters[i] = p.Tensor
	}
	var err error
	parts := t.parts(t.settings.Batch, r.stageThreads)
	if tr.optimizer, err = torch.NewAdam(parameters, t.settings.LearningRate, parts); err != nil {
		return nil, err
	}
	tr.crowded = r.device.IsCPU() && r.slots > 1 && r.slots*r.stageThreads >= runtime.GOMAXPROCS(0)
	tr.learn = tr.minimize
	tr.losses, err = newLosses(tr.stepsPerEpoch(), r.device)
	if err == nil && !r.device.IsCPU() {
		err = tr.onGPU(r.graphs)
	}
	if err == nil && parts > 1 {
		err = tr.together(parts)
	}
	if err != nil {
		tr.release()
		return nil, err
	}
	return tr, nil
}

// release frees what newTrainer made.
func (t *trainer) release() {
	if t.replayer != nil {
		t.replayer.release()
	}
	if t.team != nil {
		t.team.Close()
	}
	torch.Drop(t.losses)
	t.optimizer.Drop()
}

// resume goes on from the newest checkpoint that can be read, or from the
// beginning where there is none. A checkpoint made from other inputs is
// refused.
func (t *trainer) resume() error {
	states, problems := t.files.states()
	for _, problem := range problems {
		t.events(Event{Kind: Warning, Stage: t.stage, Message: fmt.Sprintf("damaged checkpoint not used: %v", problem)})
	}
	if len(states) == 0 {
		return t.files.truncateMetrics(0)
	}
	newest := states[0]
	if err := t.files.accept(newest, t.settings.Epochs); err != nil {
		return err
	}
	if err := t.restore(newest); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := t.files.truncateMetrics(t.at.MetricsBytes); err != nil {
		return err
	}
	t.events(Event{Kind: StageResumed, Stage: t.stage, Epoch: t.at.Epoch, Epochs: t.settings.Epochs,
		Step: t.at.Step, Steps: t.stepsPerEpoch()})
	return nil
}

// finish writes the final weights and says what the training came to.
func (t *trainer) finish() (*Result, error) {
	f, err := weightsFile(t.weights)
	if err != nil {
		return nil, err
	}
	if err := weights.WriteSafetensors(t.files.path(checkpointFile), f); err != nil {
		return nil, err
	}
	metrics, err := ReadMetrics(t.files.dir)
	if err != nil {
		return nil, err
	}
	if len(metrics) != t.at.Epoch {
		return nil, fmt.Errorf("%d lines in %s after %d epochs", len(metrics), metricsFile, t.at.Epoch)
	}
	last := metrics[len(metrics)-1]
	return &Result{Training: &TrainingResult{
		Epochs: t.at.Epoch, Steps: t.at.Epoch * t.stepsPerEpoch(),
		Loss: last.Loss, Test: last.Test,
		Seconds: t.at.Seconds, ImagesPerSecond: rate(t.at.Epoch*t.examples, t.at.Seconds),
	}}, nil
}
