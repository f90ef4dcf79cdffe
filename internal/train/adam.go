package train

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// adam is torch.Adam, or AdamW, with names for its state: adam.average.PARAMETER,
// adam.square.PARAMETER and adam.step, or adamw's.
type adam struct {
	*torch.Adam
	trained []models.Parameter
	name    string
	// plain tells that it is Adam without weight decay, which is what plans know.
	plain bool
}

func newAdam(trained []models.Parameter, o config.OptimizerSettings, s torch.OptimizerSettings) (Optimizer, error) {
	create := torch.NewAdam
	if o.Name == config.AdamW {
		create = torch.NewAdamW
	}
	a, err := create(tensorsOf(trained), s)
	if err != nil {
		return nil, err
	}
	return &adam{a, trained, o.Name, o.Name == config.Adam && o.WeightDecay == 0}, nil
}

func (a *adam) EachState(f func(name string, t *ts.Tensor) error) error {
	for i, p := range a.trained {
		average, square, err := a.Moments(i)
		if err != nil {
			return err
		}
		if err = f(a.name+".average."+p.Name, average); err == nil {
			err = f(a.name+".square."+p.Name, square)
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
	return f(a.name+".step", step)
}
