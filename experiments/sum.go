package experiments

import (
	"errors"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// A sum is objectives with their weights, which are above 0.
type sum []term

type term struct {
	objective
	// weight is nil where it is 1. It lives as long as the sum: gotch frees a
	// scalar as soon as Go no longer refers to it, even in the midst of a call.
	weight *ts.Scalar
}

// newSum is losses in the order of their names. Those of weight 0 are left out:
// to add 0 times a loss costs time, and makes 0 times infinity NaN.
func newSum(losses config.LossSum) (sum, error) {
	var all sum
	for _, name := range losses.Names() {
		objective, err := lookUp(objectives, "loss", name)
		if err != nil {
			return nil, err
		}
		t := term{objective: objective}
		if losses[name] != 1 {
			t.weight = ts.FloatScalar(losses[name])
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, errors.New("no loss to train on")
	}
	return all, nil
}

// loss is the weighted sum of the objectives, a scalar. One objective of weight
// 1 takes no step more than it does alone.
func (s sum) loss(o *outputs) (*ts.Tensor, error) {
	total, err := s[0].weighted(o)
	for _, t := range s[1:] {
		if err != nil {
			return nil, err
		}
		total, err = t.addTo(total, o)
	}
	return total, err
}

// weighted is the term's loss times its weight.
func (t term) weighted(o *outputs) (*ts.Tensor, error) {
	loss, err := t.objective.loss(o)
	if err != nil || t.weight == nil {
		return loss, err
	}
	defer torch.Drop(loss)
	return loss.MulScalar(t.weight, false)
}

// addTo adds the term to total, which it drops.
func (t term) addTo(total *ts.Tensor, o *outputs) (*ts.Tensor, error) {
	defer torch.Drop(total)
	more, err := t.weighted(o)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(more)
	return total.Add(more, false)
}
