package train

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// This file turns a trainer into a checkpoint and back. The rule: a checkpoint
// holds everything that the next step depends on, and the metrics so far, so
// that a resumed training ends with the bits of one that never stopped.

// What a checkpoint holds besides parameters and the optimizer's state.
const (
	generatorName = "generator" // its state at the start of the epoch
	lossesName    = "losses"    // of the epoch's steps so far
	metricsName   = "metrics"   // the content of metrics.jsonl

	positionKey  = "position"
	inputsKey    = "inputs"
	machineryKey = "machinery"
	mixedKey     = "mixed"
)

// save writes a checkpoint.
func (t *Trainer) save() error {
	state, err := t.state()
	if err != nil {
		return fmt.Errorf("save a checkpoint: %w", err)
	}
	if err := t.folder.saveState(state); err != nil {
		return err
	}
	t.saved = time.Now()
	return nil
}

// state is the trainer as named arrays.
func (t *Trainer) state() (*weights.File, error) {
	state, err := models.File(t.kept())
	if err != nil {
		return nil, err
	}
	err = t.optimizer.EachState(func(name string, tensor *ts.Tensor) error {
		state.Tensors[name], err = models.Array(tensor)
		return err
	})
	if err != nil {
		return nil, err
	}
	if t.at.Step > 0 {
		losses, err := torch.ToSlice[float32](t.losses)
		if err != nil {
			return nil, err
		}
		state.Tensors[lossesName] = weights.Float32s([]int{t.at.Step}, losses[:t.at.Step])
	}
	state.Tensors[generatorName] = weights.Bytes([]int{len(t.epochStart)}, t.epochStart)
	if n := len(t.folder.metrics); n > 0 {
		state.Tensors[metricsName] = weights.Bytes([]int{n}, t.folder.metrics)
	}
	state.Metadata[inputsKey] = string(t.Inputs)
	return state, t.describe(state)
}

// describe adds to a state how far the training is, and what computed it.
func (t *Trainer) describe(state *weights.File) error {
	values := map[string]any{positionKey: t.at, machineryKey: t.machinery}
	if len(t.mixed) > 0 {
		values[mixedKey] = t.mixed
	}
	for key, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		state.Metadata[key] = string(text)
	}
	return nil
}

// restore makes the trainer what it was when state was saved.
func (t *Trainer) restore(state *weights.File) error {
	var err error
	if t.at, err = positionOf(state); err != nil {
		return err
	}
	if t.at.Step > t.stepsPerEpoch() {
		return fmt.Errorf("position: epoch %d has no step %d", t.at.Epoch+1, t.at.Step)
	}
	want, err := t.stateSpecs(state)
	if err != nil {
		return err
	}
	if err := weights.Match(state, want); err != nil {
		return err
	}
	if err := models.Fill(t.kept(), state); err != nil {
		return err
	}
	err = t.optimizer.EachState(func(name string, tensor *ts.Tensor) error {
		return models.Set(tensor, state.Tensors[name])
	})
	if err != nil {
		return err
	}
	if t.at.Step > 0 {
		soFar, err := t.losses.Narrow(0, 0, int64(t.at.Step), false)
		if err != nil {
			return err
		}
		defer torch.Drop(soFar)
		if err := models.Set(soFar, state.Tensors[lossesName]); err != nil {
			return err
		}
	}
	return t.Generator.SetState(state.Tensors[generatorName].Data)
}

// stateSpecs are the names, types and shapes of a state at the trainer's
// position.
func (t *Trainer) stateSpecs(state *weights.File) (map[string]weights.Spec, error) {
	specs, err := models.Specs(t.kept())
	if err != nil {
		return nil, err
	}
	err = t.optimizer.EachState(func(name string, tensor *ts.Tensor) error {
		specs[name], err = models.SpecOf(tensor)
		return err
	})
	if err != nil {
		return nil, err
	}
	generator, err := t.Generator.State()
	if err != nil {
		return nil, err
	}
	specs[generatorName] = weights.Spec{DType: weights.U8, Shape: []int{len(generator)}}
	if t.at.Step > 0 {
		specs[lossesName] = weights.Spec{DType: weights.F32, Shape: []int{t.at.Step}}
	}
	if _, has := state.Tensors[metricsName]; has { // earlier versions did not keep them
		specs[metricsName] = weights.Spec{DType: weights.U8, Shape: []int{int(t.at.MetricsBytes)}}
	}
	return specs, nil
}

// positionOf is how far the training was when state was saved.
func positionOf(state *weights.File) (position, error) {
	var at position
	if err := json.Unmarshal([]byte(state.Metadata[positionKey]), &at); err != nil {
		return at, fmt.Errorf("position: %w", err)
	}
	if at.Epoch < 0 || at.Step < 0 || at.MetricsBytes < 0 || at.Seconds < 0 {
		return at, fmt.Errorf("position: impossible: %+v", at)
	}
	return at, nil
}

// mixedOf are the changes of machinery before state was saved.
func mixedOf(state *weights.File) (mixed []string, err error) {
	if text, has := state.Metadata[mixedKey]; has {
		if err := json.Unmarshal([]byte(text), &mixed); err != nil {
			return nil, fmt.Errorf("checkpoint: %s: %w", mixedKey, err)
		}
	}
	return mixed, nil
}

// newLosses is room for the losses of one epoch's steps.
func newLosses(steps int, device torch.Device) (*ts.Tensor, error) {
	return ts.Zeros([]int64{int64(steps)}, gotch.Float, device.Gotch())
}
