package aggregation

import (
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// draws are numbers that depend on nothing but the seed and their count, so that
// there is no generator to keep, and a recorded step draws anew: the n-th is that
// of splitmix64 (Steele, Lea and Flood, Fast Splittable Pseudorandom Number
// Generators, OOPSLA 2014), started from the seed.
type draws struct {
	images64, noise                                    *ts.Scalar
	gamma, seed, first, second                         *ts.Scalar
	by30, by27, by31, mask34, mask37, mask33, positive *ts.Scalar
	places                                             *ts.Tensor // int64 [1, K]: 1 to K
}

func newDraws(o *ops, s Settings, device torch.Device) *draws {
	whole := func(bits uint64) *ts.Scalar { return ts.IntScalar(int64(bits)) }
	d := &draws{images64: whole(uint64(s.Images)), noise: whole(uint64(s.Noise)),
		gamma: whole(0x9e3779b97f4a7c15), seed: whole(s.Seed), first: whole(0xbf58476d1ce4e5b9), second: whole(0x94d049bb133111eb),
		by30: whole(30), by27: whole(27), by31: whole(31), mask34: whole(1<<34 - 1), mask37: whole(1<<37 - 1), mask33: whole(1<<33 - 1),
		positive: whole(1<<63 - 1)}
	counts := make([]int64, s.Noise)
	for i := range counts {
		counts[i] = int64(i + 1)
	}
	d.places = o.Do(func() (*ts.Tensor, error) {
		return ts.Zeros([]int64{1, int64(s.Noise)}, gotch.Int64, device.Gotch())
	})
	o.run(func() error { return fill(d.places, counts, 1, int64(s.Noise)) })
	return d
}

// images are noise for the images at index, int64 [B], in an epoch, int64 [1]:
// int64 [B, K], from 0 to N-1. Each image has its own in each epoch.
func (d *draws) images(o *ops, epoch, index *ts.Tensor) *ts.Tensor {
	n := torch.Apply(o, epoch.MulScalar, d.images64)
	n = torch.Apply(o, n.Add, index)
	n = o.column(torch.Apply(o, n.MulScalar, d.noise))
	n = torch.Apply(o, n.Add, d.places)
	n = torch.Apply(o, d.nth(o, n).BitwiseAnd, d.positive)
	return torch.Apply(o, n.Remainder, d.images64)
}

// nth are the n-th numbers, from 1, with the bits of a uint64 each.
func (d *draws) nth(o *ops, n *ts.Tensor) *ts.Tensor {
	z := torch.Apply(o, torch.Apply(o, n.MulScalar, d.gamma).AddScalar, d.seed)
	z = torch.Apply(o, xorShifted(o, z, d.by30, d.mask34).MulScalar, d.first)
	z = torch.Apply(o, xorShifted(o, z, d.by27, d.mask37).MulScalar, d.second)
	return xorShifted(o, z, d.by31, d.mask33)
}

// xorShifted is z ^ (z >> by), with zeros coming in, which mask puts there.
func xorShifted(o *ops, z *ts.Tensor, by, mask *ts.Scalar) *ts.Tensor {
	shifted := torch.Apply(o, z.BitwiseRightShiftTensorScalar, by)
	shifted = torch.Apply(o, shifted.BitwiseAnd, mask)
	return torch.Apply(o, z.BitwiseXorTensor, shifted)
}
