package train

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// sgd is torch.SGD with names for its state, if it has momentum:
// sgd.momentum.PARAMETER.
type sgd struct {
	*torch.SGD
	trained []models.Parameter
}

func newSGD(trained []models.Parameter, o config.OptimizerSettings, s torch.OptimizerSettings) (Optimizer, error) {
	made, err := torch.NewSGD(tensorsOf(trained), s, o.Momentum, o.Nesterov)
	if err != nil {
		return nil, err
	}
	return &sgd{made, trained}, nil
}

func (s *sgd) EachState(f func(name string, t *ts.Tensor) error) error {
	if !s.HasMomentum() {
		return nil
	}
	for i, p := range s.trained {
		velocity, err := s.Velocity(i)
		if err != nil {
			return err
		}
		err = f("sgd.momentum."+p.Name, velocity)
		torch.Drop(velocity)
		if err != nil {
			return err
		}
	}
	return nil
}
