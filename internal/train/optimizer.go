package train

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// An Optimizer changes the trained parameters along their gradients. A step's
// loss may come in parts, counted from 0.
type Optimizer interface {
	// BackPropagate adds the gradient of share*loss to a part's. Parts may run
	// on several threads at once.
	BackPropagate(part int, loss *ts.Tensor, share float64) error
	// Update takes a step along the sum of the first parts' gradients, added in
	// order, and clears them. On a GPU it must work on the device alone, since
	// it is recorded.
	Update(parts int) error
	// EachState calls f with every tensor that the next step depends on, under
	// a name that no other parameter has. The tensors share the optimizer's
	// memory: restoring writes into them.
	EachState(f func(name string, t *ts.Tensor) error) error
	Drop()
}

// Names of Adam's state in a checkpoint.
const (
	averagePrefix = "adam.average."
	squarePrefix  = "adam.square."
	stepName      = "adam.step"
)

// adam is torch.Adam with names for its state.
type adam struct {
	*torch.Adam
	trained []models.Parameter
}

// NewAdam is Adam with PyTorch's defaults and the learning rate of s.
func NewAdam(trained []models.Parameter, s config.Train, parts int) (Optimizer, error) {
	tensors := make([]*ts.Tensor, len(trained))
	for i, p := range trained {
		tensors[i] = p.Tensor
	}
	a, err := torch.NewAdam(tensors, s.LearningRate, parts)
	if err != nil {
		return nil, err
	}
	return &adam{a, trained}, nil
}

func (a *adam) EachState(f func(name string, t *ts.Tensor) error) error {
	for i, p := range a.trained {
		average, square, err := a.Moments(i)
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
	step, err := a.Step()
	if err != nil {
		return err
	}
	defer torch.Drop(step)
	return f(stepName, step)
}
