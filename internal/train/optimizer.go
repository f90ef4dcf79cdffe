package train

import (
	"fmt"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// An Optimizer changes the trained parameters along their gradients.
type Optimizer interface {
	// SetLearningRate changes the learning rate from the next step on. It is
	// called between epochs; a step that was recorded is then recorded again.
	SetLearningRate(rate float64)
	// BackPropagate adds the gradient of share*loss to a part's. A step's loss
	// may come in parts, counted from 0, which may run on several threads at once.
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

// optimizers is the table of what config.Optimizers names.
var optimizers = map[string]func(trained []models.Parameter, o config.OptimizerSettings, s torch.OptimizerSettings) (Optimizer, error){
	config.Adam:  newAdam,
	config.AdamW: newAdam,
	config.SGD:   newSGD,
}

// NewOptimizer makes the optimizer that the settings name, for losses in parts.
func NewOptimizer(trained []models.Parameter, s config.Train, parts int) (Optimizer, error) {
	o := s.OptimizerSettings()
	create, known := optimizers[o.Name]
	if !known {
		return nil, fmt.Errorf("no optimizer named %q", o.Name)
	}
	return create(trained, o, torch.OptimizerSettings{LearningRate: s.LearningRate, Parts: parts,
		WeightDecay: o.WeightDecay, SpareVectors: o.OnlyWeights})
}

// tensorsOf are the parameters' own.
func tensorsOf(trained []models.Parameter) []*ts.Tensor {
	tensors := make([]*ts.Tensor, len(trained))
	for i, p := range trained {
		tensors[i] = p.Tensor
	}
	return tensors
}
