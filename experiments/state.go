package experiments

import (
	"encoding/json"
	"fmt"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// Names of what a state file holds beside the weights themselves.
const (
	averagePrefix = "adam.average."
	squarePrefix  = "adam.square."
	stepName      = "adam.step"
	generatorName = "generator"
	lossesName    = "losses"

	positionKey = "position"
	inputsKey   = "inputs"
)

// save keeps everything that the next step depends on.
func (t *trainer) save() error {
	state, err := t.state()
	if err != nil {
		return fmt.Errorf("keep a checkpoint: %w", err)
	}
	return t.files.saveState(state)
}

// state is the trainer as named arrays.
func (t *trainer) state() (*weights.File, error) {
	state, err := weightsFile(t.weights)
	if err != nil {
		return nil, err
	}
	err = t.eachOfOptimizer(func(name string, tensor *ts.Tensor) error {
		state.Tensors[name], err = array(tensor)
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
	position, err := json.Marshal(t.at)
	if err != nil {
		return nil, err
	}
	state.Metadata[positionKey] = string(position)
	state.Metadata[inputsKey] = string(t.files.inputs)
	return state, nil
}

// restore makes the trainer what it was when state was saved.
func (t *trainer) restore(state *weights.File) error {
	var err error
	if t.at, err = positionOf(state); err != nil {
		return err
	}
	if t.at.Step > t.stepsPerEpoch() {
		return fmt.Errorf("position: step %d of epoch %d is outside of the training", t.at.Step, t.at.Epoch+1)
	}
	want, err := t.stateSpecs()
	if err != nil {
		return err
	}
	if err := weights.Match(state, want); err != nil {
		return err
	}
	for _, p := range t.weights {
		if err := load(p.Tensor, state.Tensors[p.Name]); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	err = t.eachOfOptimizer(func(name string, tensor *ts.Tensor) error {
		return load(tensor, state.Tensors[name])
	})
	if err != nil {
		return err
	}
	if t.at.Step > 0 {
		sofar, err := t.losses.Narrow(0, 0, int64(t.at.Step), false)
		if err != nil {
			return err
		}
		defer torch.Drop(sofar)
		if err := load(sofar, state.Tensors[lossesName]); err != nil {
			return err
		}
	}
	return t.generator.SetState(state.Tensors[generatorName].Data)
}

// stateSpecs are the names, types and shapes of a state at the trainer's
// position.
func (t *trainer) stateSpecs() (map[string]weights.Spec, error) {
	specs, err := parameterSpecs(t.weights)
	if err != nil {
		return nil, err
	}
	err = t.eachOfOptimizer(func(name string, tensor *ts.Tensor) error {
		shape, err := shapeOf(tensor)
		specs[name] = weights.Spec{DType: weights.F32, Shape: shape}
		return err
	})
	if err != nil {
		return nil, err
	}
	generator, err := t.generator.State()
	if err != nil {
		return nil, err
	}
	specs[generatorName] = weights.Spec{DType: weights.U8, Shape: []int{len(generator)}}
	if t.at.Step > 0 {
		specs[lossesName] = weights.Spec{DType: weights.F32, Shape: []int{t.at.Step}}
	}
	return specs, nil
}

// eachOfOptimizer calls f with every tensor of the optimizer's state, each of
// which shares the optimizer's memory.
func (t *trainer) eachOfOptimizer(f func(name string, tensor *ts.Tensor) error) error {
	for i, p := range t.trained {
		average, square, err := t.optimizer.Moments(i)
		if err != nil {
			return err
		}
		if err = f(averagePrefix+p.Name, average); err == nil {
			err = f(squarePrefix+p.Name, square)
		}
		torch.Drop(average, square)
		if err != nil {
			return err
		}
	}
	step, err := t.optimizer.Step()
	if err != nil {
		return err
	}
	defer torch.Drop(step)
	return f(stepName, step)
}

// weightsFile copies parameters to the host.
func weightsFile(parameters []models.Parameter) (*weights.File, error) {
	f := &weights.File{Tensors: map[string]weights.Array{}, Metadata: map[string]string{}}
	for _, p := range parameters {
		var err error
		if f.Tensors[p.Name], err = array(p.Tensor); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return f, nil
}

// loadWeights gives the parameters the values of f, which must hold just
// those.
func loadWeights(parameters []models.Parameter, f *weights.File) error {
	specs, err := parameterSpecs(parameters)
	if err != nil {
		return err
	}
	if err := weights.Match(f, specs); err != nil {
		return err
	}
	for _, p := range parameters {
		if err := load(p.Tensor, f.Tensors[p.Name]); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

func parameterSpecs(parameters []models.Parameter) (map[string]weights.Spec, error) {
	specs := map[string]weights.Spec{}
	for _, p := range parameters {
		shape, err := shapeOf(p.Tensor)
		if err != nil {
			return nil, err
		}
		specs[p.Name] = weights.Spec{DType: weights.F32, Shape: shape}
	}
	return specs, nil
}

// array copies a float32 tensor to the host, in row-major order.
func array(t *ts.Tensor) (weights.Array, error) {
	shape, err := shapeOf(t)
	if err != nil {
		return weights.Array{}, err
	}
	values, err := torch.ToSlice[float32](t)
	if err != nil {
		return weights.Array{}, err
	}
	return weights.Float32s(shape, values), nil
}

// load writes a's values into t, of the same shape.
func load(t *ts.Tensor, a weights.Array) error {
	values, err := a.Float32s()
	if err != nil {
		return err
	}
	shape := make([]int64, len(a.Shape))
	for i, d := range a.Shape {
		shape[i] = int64(d)
	}
	host, err := torch.FromSlice(values, shape...)
	if err != nil {
		return err
	}
	defer torch.Drop(host)
	return torch.Copy(t, host)
}

func shapeOf(t *ts.Tensor) ([]int, error) {
	size, err := t.Size()
	if err != nil {
		return nil, err
	}
	shape := make([]int, len(size))
	for i, d := range size {
		shape[i] = int(d)
	}
	return shape, nil
}

// newLosses is room for the losses of one epoch's steps.
func newLosses(steps int, device torch.Device) (*ts.Tensor, error) {
	return ts.Zeros([]int64{int64(steps)}, gotch.Float, device.Gotch())
}
