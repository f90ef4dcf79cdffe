package train

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// smallestPart is how many floating-point operations are worth a thread of
// their own, about a millisecond's: every part pays a step's fixed cost.
const smallestPart = 40e6

// parts is how many pieces to split a batch of examples into, given so many
// threads.
func (t *Task) parts(examples, threads int) int {
	if t.Whole {
		return 1
	}
	return max(1, min(threads, examples, int(float64(examples)*t.FLOPs/smallestPart)))
}

// useTeam makes t split each batch into parts and compute them on a thread
// each. Sums round differently from a single thread's, but the same way every
// time.
func (t *Trainer) useTeam(parts int) error {
	var err error
	if t.team, err = torch.NewTeam(parts); err != nil {
		return err
	}
	t.partLosses = make([]float64, parts)
	t.learn = t.minimizeInParts
	return nil
}

// minimizeInParts is the learner of a team.
func (t *Trainer) minimizeInParts(index, losses *ts.Tensor, at int) error {
	size, err := index.Size()
	if err != nil {
		return err
	}
	examples := int(size[0])
	parts := t.parts(examples, t.team.Size())
	err = t.team.Do(parts, func(part int) error {
		first, end := examples*part/parts, examples*(part+1)/parts
		return t.backPropagatePart(index, part, first, end, float64(end-first)/float64(examples))
	})
	if err != nil {
		return err
	}
	var loss float64
	for _, share := range t.partLosses[:parts] {
		loss += share
	}
	if err := torch.Store(losses, at, loss); err != nil {
		return err
	}
	return t.update(index, parts)
}

// backPropagatePart back-propagates the loss of examples[first:end] at index,
// weighted by their share of the batch.
func (t *Trainer) backPropagatePart(index *ts.Tensor, part, first, end int, share float64) error {
	examples, err := index.Narrow(0, int64(first), int64(end-first), false)
	if err != nil {
		return err
	}
	defer torch.Drop(examples)
	loss, err := t.Loss(examples)
	if err != nil {
		return err
	}
	defer torch.Drop(loss)
	mean, err := torch.Scalar(loss)
	if err != nil {
		return err
	}
	t.partLosses[part] = share * mean
	return t.optimizer.BackPropagate(part, loss, share)
}
