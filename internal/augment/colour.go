package augment

import (
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// This file has the formulas of torchvision.transforms.functional for images [B,
// 3, H, W] of red, green and blue, from 0 to 1, with a factor for each image. Two
// things differ from its ColorJitter: the order of the four changes is fixed, and
// draws are ours.

// luminances are images without their colours, [B, 1, H, W].
func (s *step) luminances(x *ts.Tensor) *ts.Tensor {
	weighted := torch.Apply(s, x.Mul, s.luminance)
	return s.Do(func() (*ts.Tensor, error) { return weighted.SumDimIntlist([]int64{1}, true, gotch.Float, false) })
}

// greyed are images of which those that are drawn have lost their colours.
func (s *step) greyed(x *ts.Tensor) *ts.Tensor {
	return s.blend(s.luminances(x), x, torch.Apply(s, s.perImage(grey).RsubScalar, s.one))
}

// coloured are images of other brightness, contrast, saturation and hue, changed
// in this order.
func (s *step) coloured(x *ts.Tensor) *ts.Tensor {
	x = s.within(torch.Apply(s, x.Mul, s.perImage(brightness)))
	grey := s.luminances(x)
	mean := s.Do(func() (*ts.Tensor, error) { return grey.MeanDim([]int64{1, 2, 3}, true, gotch.Float, false) })
	x = s.within(s.blend(mean, x, s.perImage(contrast)))
	x = s.within(s.blend(s.luminances(x), x, s.perImage(saturation)))
	return s.turned(x)
}

// blend is factor * x + (1 - factor) * other.
func (s *step) blend(other, x, factor *ts.Tensor) *ts.Tensor {
	return torch.Apply(s, torch.Apply(s, torch.Apply(s, x.Sub, other).Mul, factor).Add, other)
}

// within are x's values clamped to [0, 1].
func (s *step) within(x *ts.Tensor) *ts.Tensor { return s.clamped(x, s.zero, s.one) }

// turned are images of another hue. With the value V, the chroma C and the hue H in
// sixths of a turn, a channel is V - C * min(k, 4 - k) clamped to [0, 1], where k is
// n + H modulo 6, and n is 5 for red, 3 for green and 1 for blue.
func (s *step) turned(x *ts.Tensor) *ts.Tensor {
	extreme := func(f func([]int64, bool, bool) (*ts.Tensor, error)) *ts.Tensor {
		return s.Do(func() (*ts.Tensor, error) { return f([]int64{1}, true, false) })
	}
	value := extreme(x.Amax)
	chroma := torch.Apply(s, value.Sub, extreme(x.Amin))
	turn := torch.Apply(s, s.perImage(hue).MulScalar, s.six)
	k := torch.Apply(s, torch.Apply(s, s.hues(x, value, chroma).Add, turn).Add, s.sixths)
	k = torch.Apply(s, k.Remainder, s.six)
	k = torch.Apply(s, k.Minimum, torch.Apply(s, k.RsubScalar, s.four))
	return torch.Apply(s, value.Sub, torch.Apply(s, s.within(k).Mul, chroma))
}

// hues are in sixths of a turn, [B, 1, H, W], from -1 to 5; 0 where there is no
// colour.
func (s *step) hues(x, value, chroma *ts.Tensor) *ts.Tensor {
	channel := func(i int64) *ts.Tensor {
		return s.Do(func() (*ts.Tensor, error) { return x.Narrow(1, i, 1, false) })
	}
	red, green, blue := channel(0), channel(1), channel(2)
	least := torch.Apply(s, chroma.ClampMin, s.nonGrey)
	between := func(a, b *ts.Tensor) *ts.Tensor { return torch.Apply(s, torch.Apply(s, a.Sub, b).Div, least) }
	either := func(largest, then, otherwise *ts.Tensor) *ts.Tensor {
		is := torch.Apply(s, value.EqTensor, largest)
		return s.Do(func() (*ts.Tensor, error) { return then.WhereSelf(is, otherwise, false) })
	}
	fromBlue := torch.Apply(s, between(red, green).AddScalar, s.four)
	fromGreen := torch.Apply(s, between(blue, red).AddScalar, s.two)
	return either(red, between(green, blue), either(green, fromGreen, fromBlue))
}
