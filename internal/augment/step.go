package augment

import (
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// A step changes one batch.
type step struct {
	torch.Scope
	*constants
	drawn *ts.Tensor // float32 [B, columns]
}

// constants are the same in every step. Scalars live as long as the augmenter:
// gotch frees one as soon as Go no longer refers to it, even in the midst of a call.
type constants struct {
	rows, pixels                             axis
	luminance                                *ts.Tensor // float32 [1, 3, 1, 1]
	sixths                                   *ts.Tensor // float32 [1, 3, 1, 1]
	zero, half, one, two, four, six, nonGrey *ts.Scalar
}

// An axis of an image.
type axis struct {
	dim  int64 // of images, [B, C, H, W]
	size int
	// centres of its pixels, float32 [1, size], and those mirrored, less the former.
	centres, mirrored *ts.Tensor
	end               *ts.Scalar // the last pixel's place
	length            *ts.Scalar
}

func newConstants(made *torch.Scope, shape [3]int, device torch.Device) *constants {
	floats := func(values []float32, dims ...int64) *ts.Tensor {
		return made.Do(func() (*ts.Tensor, error) {
			host, err := torch.FromSlice(values, dims...)
			if err != nil || device.IsCPU() {
				return host, err
			}
			defer torch.Drop(host)
			return host.ToDevice(device.Gotch(), gotch.Float, false, false, false)
		})
	}
	along := func(dim int64, size int) axis {
		centres, mirrored := make([]float32, size), make([]float32, size)
		for i := range centres {
			centres[i], mirrored[i] = float32(i)+0.5, float32(size-1-2*i)
		}
		return axis{dim, size, floats(centres, 1, int64(size)), floats(mirrored, 1, int64(size)),
			ts.FloatScalar(float64(size - 1)), ts.FloatScalar(float64(size))}
	}
	return &constants{
		rows: along(2, shape[1]), pixels: along(3, shape[2]),
		luminance: floats([]float32{0.2989, 0.587, 0.114}, 1, 3, 1, 1), sixths: floats([]float32{5, 3, 1}, 1, 3, 1, 1),
		zero: ts.FloatScalar(0), half: ts.FloatScalar(0.5), one: ts.FloatScalar(1), two: ts.FloatScalar(2),
		four: ts.FloatScalar(4), six: ts.FloatScalar(6), nonGrey: ts.FloatScalar(1e-20),
	}
}

// draw is one of the drawn numbers of each image, [B, 1].
func (s *step) draw(column int64) *ts.Tensor {
	return s.Do(func() (*ts.Tensor, error) { return s.drawn.Narrow(1, column, 1, false) })
}

// perImage is a draw as [B, 1, 1, 1].
func (s *step) perImage(column int64) *ts.Tensor {
	x := s.draw(column)
	return s.Do(func() (*ts.Tensor, error) { return x.View([]int64{-1, 1, 1, 1}, false) })
}

// clamped are x's values, none below lo or above hi.
func (s *step) clamped(x *ts.Tensor, lo, hi *ts.Scalar) *ts.Tensor {
	return s.Do(func() (*ts.Tensor, error) { return x.Clamp(lo, hi, false) })
}
