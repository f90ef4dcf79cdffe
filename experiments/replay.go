package experiments

import (
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// warmUp is the number of steps before one is recorded, in which libtorch
// chooses algorithms and takes its working memory.
const warmUp = 3

// A replayer takes training steps on a GPU: it records a step on a batch once,
// and replays it for the batches that follow. A step's weights and optimizer
// state stay where they are; the indices of its batch are copied to where the
// recorded step reads them, and its loss from where that writes it. Nothing
// that a checkpoint must keep is in here: after a resumption a step is recorded
// anew.
type replayer struct {
	plain learner
	// record records what f does, and gives how to do it again.
	record func(f func() error) (replay func() error, drop func(), err error)
	// refused hears why record failed; from then on steps are plain.
	refused func(error)

	index  *ts.Tensor // int64 [batch], read by the recorded step
	losses *ts.Tensor // float32 [1], written by it
	loss   *ts.Tensor // the scalar in losses

	batch   int64
	warm    int  // plain steps still to do before one is recorded
	plainly bool // for record failed
	replay  func() error
	drop    func()
}

// newReplayer replays the steps of plain on batches of the given size.
func newReplayer(plain learner, batch int, device torch.Device, refused func(error)) (*replayer, error) {
	r := &replayer{plain: plain, record: recordGraph, refused: refused, batch: int64(batch), warm: warmUp}
	var s scope
	r.index = s.do(func() (*ts.Tensor, error) { return ts.Zeros([]int64{r.batch}, gotch.Int64, device.Gotch()) })
	r.losses = s.do(func() (*ts.Tensor, error) { return newLosses(1, device) })
	r.loss = s.do(func() (*ts.Tensor, error) { return r.losses.Select(0, 0, false) })
	if s.err != nil {
		s.drop()
		return nil, s.err
	}
	return r, nil
}

func recordGraph(f func() error) (replay func() error, drop func(), err error) {
	graph, err := torch.Capture(f)
	if err != nil {
		return nil, nil, err
	}
	return graph.Replay, graph.Drop, nil
}

// release frees what newReplayer made.
func (r *replayer) release() {
	if r.drop != nil {
		r.drop()
	}
	torch.Drop(r.index, r.losses, r.loss)
}

// learn is a learner. The steps until one is recorded, and those on an epoch's
// smaller last batch, are plain.
func (r *replayer) learn(index, losses *ts.Tensor, at int) error {
	size, err := index.Size()
	if err != nil {
		return err
	}
	if size[0] != r.batch || r.plainly {
		return r.plain(index, losses, at)
	}
	if r.warm > 0 {
		r.warm--
		return r.plain(index, losses, at)
	}
	if r.replay == nil {
		r.replay, r.drop, err = r.record(func() error { return r.plain(r.index, r.losses, 0) })
		if err != nil {
			r.plainly = true
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
