package aggregation

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// ops are steps of a formula, whose tensors they own until Drop. After an error
// the steps that follow are skipped.
type ops struct{ torch.Scope }

// two is f(), which makes two tensors.
func (o *ops) two(f func() (first, second *ts.Tensor, err error)) (first, second *ts.Tensor) {
	o.Do(func() (_ *ts.Tensor, err error) {
		first, second, err = f()
		return first, err
	})
	return first, o.Do(func() (*ts.Tensor, error) { return second, nil })
}

// run takes a step that makes no tensor.
func (o *ops) run(f func() error) {
	if o.Err == nil {
		o.Err = f()
	}
}

// withoutGradient takes steps that are not recorded for back-propagation.
func (o *ops) withoutGradient(f func()) {
	o.run(func() error {
		return torch.NoGrad(func() error { f(); return o.Err })
	})
}

// rows are those of x, [N, ...], at index, int64 [B].
func (o *ops) rows(x, index *ts.Tensor) *ts.Tensor {
	return o.Do(func() (*ts.Tensor, error) { return x.IndexSelect(0, index, false) })
}

// setRows sets the rows of x, [N, ...], at index, int64 [B]. It works on a handle of
// its own, because gotch replaces that of a tensor which it changes, and other parts
// of a batch may be at work on the same one.
func (o *ops) setRows(x, index, rows *ts.Tensor) {
	own := torch.Alone(o, x.Detach)
	o.run(func() error { return own.IndexCopy_(0, index, rows) })
}

// gather is x[i, index[i, j]], of x, [B, N], and index, int64 [B, K].
func (o *ops) gather(x, index *ts.Tensor) *ts.Tensor {
	return o.Do(func() (*ts.Tensor, error) { return x.Gather(1, index, false, false) })
}

// sumRows is the sum of each row of x, [B, K]: [B, 1].
func (o *ops) sumRows(x *ts.Tensor) *ts.Tensor {
	return o.Do(func() (*ts.Tensor, error) { return x.SumDimIntlist([]int64{1}, true, x.DType(), false) })
}

// column is x, [B, ...], as [B, 1, ...].
func (o *ops) column(x *ts.Tensor) *ts.Tensor { return torch.Apply(o, x.Unsqueeze, 1) }
