package experiments

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/internal/torch/memory"
	"aeprobe/internal/train"
	"aeprobe/models"
)

// alternating takes steps on the losses of a sum in turn, each with an optimizer
// of its own: the report's separate back-propagation for each loss. With Adam it
// is not the sum at half the speed, even if the weights are equal: each loss's
// moments scale its own gradients, so that its weight hardly matters.
type alternating struct {
	names []string
	terms sum
	// parts are what each loss trains.
	parts [][]string

	optimizers []train.Optimizer
	turn       *ts.Tensor // int64 scalar: the loss of the next step
	next       []int64    // its memory
}

// newAlternating takes turns between the losses of spec, in the order of their
// names.
func newAlternating(spec config.Classifier, terms sum) (*alternating, error) {
	a := &alternating{names: spec.Sum().Names(), terms: terms}
	for _, name := range a.names {
		a.parts = append(a.parts, spec.TrainedBy(name))
	}
	var err error
	if a.turn, err = torch.FromSlice([]int64{0}); err != nil {
		return nil, err
	}
	a.next, _, err = memory.Of[int64](a.turn)
	return a, err
}

// loss is that of the step's turn.
func (a *alternating) loss(o *outputs) (*ts.Tensor, error) { return a.terms[a.next[0]].weighted(o) }

// newOptimizer makes the optimizers of a network's parameters. The alternating is
// itself the optimizer of the training.
func (a *alternating) newOptimizer(network *models.Classifier, s config.Train, parts int) (train.Optimizer, error) {
	for _, names := range a.parts {
		o, err := train.NewOptimizer(models.Parameters(network.Parts(names...)...), s, parts)
		if err != nil {
			a.Drop()
			return nil, err
		}
		a.optimizers = append(a.optimizers, o)
	}
	return a, nil
}

func (a *alternating) SetLearningRate(rate float64) {
	for _, o := range a.optimizers {
		o.SetLearningRate(rate)
	}
}

func (a *alternating) BackPropagate(part int, loss *ts.Tensor, share float64) error {
	return a.optimizers[a.next[0]].BackPropagate(part, loss, share)
}

func (a *alternating) Update(parts int) error {
	err := a.optimizers[a.next[0]].Update(parts)
	a.next[0] = (a.next[0] + 1) % int64(len(a.optimizers))
	return err
}

func (a *alternating) EachState(f func(name string, t *ts.Tensor) error) error {
	for i, o := range a.optimizers {
		err := o.EachState(func(name string, t *ts.Tensor) error { return f(a.names[i]+"."+name, t) })
		if err != nil {
			return err
		}
	}
	return f("alternate.turn", a.turn)
}

func (a *alternating) Drop() {
	for _, o := range a.optimizers {
		o.Drop()
	}
}
