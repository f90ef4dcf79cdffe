package augment

import (
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// part takes a part of images, [B, C, H, W], along one axis: from a drawn place,
// of a drawn number of pixels, scaled to the axis. In between it is linear, from
// the pixels of the part alone, as torch.nn.functional.interpolate is with
// align_corners=False. Beyond the image is black.
func (s *step) part(x *ts.Tensor, a axis, start, size int64, settings config.Augment) *ts.Tensor {
	centres := a.centres
	if a.dim == 3 && settings.Flip > 0 {
		centres = torch.Apply(s, torch.Apply(s, a.mirrored.Mul, s.draw(flip)).Add, centres)
	}
	pixels := s.draw(size)
	scale := torch.Apply(s, pixels.DivScalar, a.length)
	// From here on [B, size]: where each pixel comes from, first within the part.
	from := torch.Apply(s, torch.Apply(s, centres.Mul, scale).SubScalar, s.half)
	from = torch.Apply(s, from.ClampMin, s.zero)
	from = torch.Apply(s, from.Minimum, torch.Apply(s, pixels.SubScalar, s.one))
	before := torch.Alone(s, from.Floor)
	place := torch.Apply(s, before.Add, s.draw(start))
	found := s.at(x, a, place)
	if settings.Crop > 0 {
		next := s.at(x, a, torch.Apply(s, place.AddScalar, s.one))
		weight := s.along(a, torch.Apply(s, from.Sub, before))
		return s.Do(func() (*ts.Tensor, error) { return found.LerpTensor(next, weight, false) })
	}
	if settings.Pad > 0 {
		inside := torch.Apply(s, s.clamped(place, s.zero, a.end).EqTensor, place)
		return torch.Apply(s, found.Mul, s.along(a, inside))
	}
	return found
}

// at are x's pixels at places along an axis, [B, size]; a place beyond the image is
// that of the pixel at its edge.
func (s *step) at(x *ts.Tensor, a axis, place *ts.Tensor) *ts.Tensor {
	index := torch.Apply(s, s.clamped(place, s.zero, a.end).Totype, gotch.Int64)
	index = s.along(a, index)
	return s.Do(func() (*ts.Tensor, error) {
		shape, err := x.Size()
		if err != nil {
			return nil, err
		}
		everywhere, err := index.Expand(shape, false, false)
		if err != nil {
			return nil, err
		}
		defer torch.Drop(everywhere)
		return x.Gather(a.dim, everywhere, false, false)
	})
}

// along is y, [B, size], as [B, 1, size, 1] or [B, 1, 1, size].
func (s *step) along(a axis, y *ts.Tensor) *ts.Tensor {
	shape := []int64{-1, 1, 1, 1}
	shape[a.dim] = int64(a.size)
	return s.Do(func() (*ts.Tensor, error) { return y.View(shape, false) })
}
