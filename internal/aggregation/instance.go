package aggregation

import (
	"math"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// InstanceLoss is the loss of instance recognition, by noise-contrastive
// estimation, a scalar: the mean over a batch of
//
//	-log(P(i|v) / (P(i|v) + k/N + 1e-7)) - sum over the noise j of log((k/N) / (P(j|v) + k/N + 1e-7))
//
// where v are the embeddings, float32 [B, D] of length 1, of the images i at
// index, int64 [B], and the noise are k of all N images, drawn anew for each image
// in each epoch, with replacement.
func (a *Aggregator) InstanceLoss(v, index *ts.Tensor) (*ts.Tensor, error) {
	var o ops
	defer o.Drop()
	var drawn *ts.Tensor
	o.withoutGradient(func() { drawn = a.draws.images(&o, a.epoch, index) })
	if o.Err != nil {
		return nil, o.Err
	}
	return a.instanceLoss(v, index, drawn)
}

// instanceLoss is InstanceLoss with the given noise, int64 [B, Noise].
func (a *Aggregator) instanceLoss(v, index, drawn *ts.Tensor) (*ts.Tensor, error) {
	var o ops
	defer o.Drop()
	// With c = k/N + 1e-7 and x = log(P / c), the terms are softplus(-x), and
	// softplus(x) + log(c / (k/N)).
	scores := a.present(&o, v, index)
	x := torch.Apply(&o, scores.AddScalar, a.shift)
	var counts *ts.Tensor
	o.withoutGradient(func() { counts = a.counts(&o, drawn) })
	own := o.gather(x, o.column(index))
	own = torch.Alone(&o, torch.Alone(&o, own.Neg).Softplus)
	// A noise image may come more than once: weights of all images have a gradient
	// whose sums have a fixed order, which that of a choice with repeats has not.
	noise := torch.Alone(&o, x.Softplus)
	noise = o.sumRows(torch.Apply(&o, noise.Mul, counts))
	sum := torch.Apply(&o, own.Add, noise)
	mean := torch.Apply(&o, sum.Mean, gotch.Float)
	if o.Err != nil {
		return nil, o.Err
	}
	return mean.AddScalar(a.constant, false)
}

// counts is how often each image is drawn for each of a batch, float32 [B, N], of
// drawn, int64 [B, Noise].
func (a *Aggregator) counts(o *ops, drawn *ts.Tensor) *ts.Tensor {
	ones := o.Do(func() (*ts.Tensor, error) {
		return ts.Ones(drawn.MustSize(), gotch.Float, a.device.Gotch())
	})
	counts := o.Do(func() (*ts.Tensor, error) {
		return ts.Zeros([]int64{drawn.MustSize()[0], int64(a.Images)}, gotch.Float, a.device.Gotch())
	})
	o.run(func() error { return counts.ScatterAdd_(1, drawn, ones) })
	return counts
}

// logPartition is log Z: that of N times the mean of exp(v.v_j / t) over random
// directions v_j, which is 0F1(; D/2; 1 / (4 t^2)), as in the constant of the von
// Mises-Fisher distribution. The paper's code has what it measured on a random
// bank: 2.2456 N for D = 128 and t = 0.07, where this is 2.2087 N.
func logPartition(s Settings) float64 {
	half, logX := float64(s.Width)/2, -2*math.Log(2*s.Temperature)
	// Terms x^m / (m! (D/2)(D/2+1)...(D/2+m-1)), added as logarithms.
	var term, sum float64 // the logarithms of the m-th, and of all up to it
	for m := 1.0; ; m++ {
		step := logX - math.Log(m) - math.Log(half+m-1)
		term += step
		sum = max(term, sum) + math.Log1p(math.Exp(-math.Abs(term-sum)))
		if step < 0 && term < sum-40 {
			return math.Log(float64(s.Images)) + sum
		}
	}
}
