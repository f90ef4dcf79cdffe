package aggregation

import (
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// LocalLoss is the mean over a batch, a scalar, of
//
//	-log(P(C and B | v) / P(B | v) + 1e-7)
//
// where v are the embeddings, float32 [B, D] of length 1, of the images at index,
// int64 [B]. B are the Background nearest of all images in the bank, an image
// itself among them if it is near enough; C are those that share the image's
// cluster in at least one clustering, itself included. Z cancels. An image none of
// whose neighbours is close has a loss of -log(1e-7) = 16.1 and no gradient:
// Statistics counts them.
func (a *Aggregator) LocalLoss(v, index *ts.Tensor) (*ts.Tensor, error) {
	var o ops
	defer o.Drop()
	scores := a.present(&o, v, index)
	var near, close *ts.Tensor
	o.withoutGradient(func() {
		near = a.background(&o, scores)
		close = a.close(&o, index, near)
		a.note(&o, index, near, close)
	})
	scores = o.gather(scores, near)
	shares := o.Do(func() (*ts.Tensor, error) { return scores.Softmax(1, gotch.Float, false) })
	share := o.sumRows(torch.Apply(&o, shares.Mul, close))
	share = torch.Apply(&o, share.AddScalar, a.epsilon)
	logs := torch.Alone(&o, share.Log)
	mean := torch.Apply(&o, logs.Mean, gotch.Float)
	if o.Err != nil {
		return nil, o.Err
	}
	return mean.Neg(false)
}

// background are the images nearest to a batch's, by their scores, float32 [B, N]:
// int64 [B, K].
func (a *Aggregator) background(o *ops, scores *ts.Tensor) *ts.Tensor {
	_, near := o.two(func() (values, near *ts.Tensor, err error) {
		return scores.Topk(int64(a.Background), 1, true, false, false)
	})
	return near
}

// close is 1 where an image of near, int64 [B, K], shares a cluster with the
// batch's image, and 0 elsewhere: float32 [B, K].
func (a *Aggregator) close(o *ops, index, near *ts.Tensor) *ts.Tensor {
	own := o.column(o.rows(a.clusters, index))
	flat := torch.Apply(o, near.Reshape, []int64{-1})
	theirs := o.rows(a.clusters, flat)
	theirs = torch.Apply(o, theirs.View, []int64{-1, int64(a.Background), int64(a.Clusterings)})
	equal := torch.Apply(o, theirs.EqTensor, own)
	shared := o.Do(func() (*ts.Tensor, error) { return equal.AnyDim(2, false, false) })
	return torch.Apply(o, shared.Totype, gotch.Float)
}

// note counts for each image its close neighbours in the background, those of them
// that are not itself, and those again that have its label.
func (a *Aggregator) note(o *ops, index, near, close *ts.Tensor) {
	column := o.column(index)
	other := torch.Apply(o, near.NeTensor, column)
	others := torch.Apply(o, torch.Apply(o, other.Totype, gotch.Float).Mul, close)
	flat := torch.Apply(o, near.Reshape, []int64{-1})
	labels := torch.Apply(o, o.rows(a.labels, flat).View, []int64{-1, int64(a.Background)})
	own := o.column(o.rows(a.labels, index))
	same := torch.Apply(o, torch.Apply(o, labels.EqTensor, own).Totype, gotch.Float)
	counts := []*ts.Tensor{o.sumRows(close), o.sumRows(others), o.sumRows(torch.Apply(o, same.Mul, others))}
	row := o.Do(func() (*ts.Tensor, error) { return ts.Cat(counts, 1) })
	o.setRows(a.found, index, row)
}
