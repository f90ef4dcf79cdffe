package experiments

import (
	"aeprobe/internal/torch"

	"github.com/sugarme/gotch/ts"
)

// smallestPart is how many floating-point operations are worth a thread of
// their own, about a millisecond's: what a step costs whatever its batch has to
// be paid in each part.
const smallestPart = 40e6

// parts is in how many parts a batch of so many examples is cut on so many
// threads.
func (t *task) parts(examples, threads int) int {
	return max(1, min(threads, examples, int(float64(examples)*t.flops/smallestPart)))
}

// together makes t, newly made, cut each batch in so many parts and compute
// them side by side. Sums are rounded in another order than a single thread's,
// but in the same one each time.
func (t *trainer) together(parts int) error {
	var err error
	if t.team, err = torch.NewTeam(parts); err != nil {
		return err
	}
	t.partLosses = make([]float64, parts)
	t.learn = t.minimizeInParts
	return nil
}

// minimizeInParts is the learner of a team.
func (t *trainer) minimizeInParts(index, losses *ts.Tensor, at int) error {
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
	return t.optimizer.Update(parts)
}

// backPropagatePart does so from the loss of the examples from first to before
// end at index, which are a share of all there.
func (t *trainer) backPropagatePart(index *ts.Tensor, part, first, end int, share float64) error {
	examples, err := index.Narrow(0, int64(first), int64(end-first), false)
	if err != nil {
		return err
	}
	defer torch.Drop(examples)
	loss, err := t.loss(examples)
	if err != nil {
		return err
	}
	defer torch.Drop(loss)
	mean, err := scalar(loss)
	if err != nil {
		return err
	}
	t.partLosses[part] = share * mean
	return t.optimizer.BackPropagate(part, loss, share)
}
