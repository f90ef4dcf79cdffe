package train

import (
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// WarmUp is the number of steps before one is recorded, in which libtorch
// chooses algorithms and allocates its working memory.
const WarmUp = 3

// A Recorder records what a step does and returns how to repeat it.
type Recorder func(step func() error) (replay func() error, drop func(), err error)

// RecordGraph records a step as a CUDA graph. torch.LoadGraphs must have
// succeeded.
func RecordGraph(step func() error) (replay func() error, drop func(), err error) {
	graph, err := torch.Capture(step)
	if err != nil {
		return nil, nil, err
	}
	return graph.Replay, graph.Drop, nil
}

// A replayer is the learner of a recorded step. The step's weights and optimizer
// state stay where they are; the indices of each batch are copied to where the
// step reads them, and its loss from where it writes it. Nothing that a
// checkpoint must keep is in here: a resumed training records a step again.
type replayer struct {
	plain  learner
	record Recorder
	// refused is told why record failed; steps are plain from then on.
	refused func(error)

	index  *ts.Tensor // int64 [batch], read by the recorded step
	losses *ts.Tensor // float32 [1], written by it
	loss   *ts.Tensor // the scalar in losses

	batch       int64
	warm        int // plain steps still to do before one is recorded
	graphFailed bool
	replay      func() error
	drop        func()
}

// newReplayer replays the steps of plain on batches of the given size.
func newReplayer(plain learner, record Recorder, batch int, device torch.Device, refused func(error)) (*replayer, error) {
	r := &replayer{plain: plain, record: record, refused: refused, batch: int64(batch), warm: WarmUp}
	var s torch.Scope
	r.index = s.Do(func() (*ts.Tensor, error) { return ts.Zeros([]int64{r.batch}, gotch.Int64, device.Gotch()) })
	r.losses = s.Do(func() (*ts.Tensor, error) { return newLosses(1, device) })
	r.loss = s.Do(func() (*ts.Tensor, error) { return r.losses.Select(0, 0, false) })
	if s.Err != nil {
		s.Drop()
		return nil, s.Err
	}
	return r, nil
}

// forget drops the recorded step: the next ones are plain, until one is recorded
// again.
func (r *replayer) forget() {
	if r.drop != nil {
		r.drop()
	}
	r.replay, r.drop, r.warm = nil, nil, WarmUp
}

// release frees what newReplayer made.
func (r *replayer) release() {
	r.forget()
	torch.Drop(r.index, r.losses, r.loss)
}

// learn is a learner. The steps until one is recorded, and those on an epoch's
// smaller last batch, are plain.
func (r *replayer) learn(index, losses *ts.Tensor, at int) error {
	size, err := index.Size()
	if err != nil {
		return err
	}
	if size[0] != r.batch || r.graphFailed {
		return r.plain(index, losses, at)
	}
	if r.warm > 0 {
		r.warm--
		return r.plain(index, losses, at)
	}
	if r.replay == nil {
		r.replay, r.drop, err = r.record(func() error { return r.plain(r.index, r.losses, 0) })
		if err != nil {
			r.graphFailed = true
			r.refused(err)
			return r.plain(index, losses, at)
		}
	}
	if err := torch.Copy(r.index, index); err != nil {
		return err
	}
	if err := r.replay(); err != nil {
		return err
	}
	return torch.Record(losses, at, r.loss)
}
