package augment

import (
	"math"
	"math/rand/v2"

	"aeprobe/config"
)

// What is drawn for an image, in the order of the columns of a table of draws.
const (
	// The part of the image that is taken, in pixels; it may reach over the edges,
	// beyond which there is black.
	top = iota
	left
	height
	width
	// 1 for a mirror image, and for one without colours; otherwise 0.
	flip
	grey
	// Factors, and for the hue a part of a turn.
	brightness
	contrast
	saturation
	hue
	columns
)

// random makes the numbers of an image. Only the generator is the library's, as
// its algorithm is fixed; how numbers in a range come from it is fixed here.
type random struct{ pcg rand.PCG }

// at is the start of an image's numbers in an epoch.
func at(seed, epoch uint64, image int) *random {
	const golden = 0x9e3779b97f4a7c15
	r := new(random)
	r.pcg.Seed(seed*golden^epoch, uint64(image)*golden)
	return r
}

// uniform is from lo to less than hi, or lo where they are the same.
func (r *random) uniform(lo, hi float64) float64 {
	return lo + (hi-lo)*float64(r.pcg.Uint64()>>11)/(1<<53)
}

// below is a whole number from 0 to n-1.
func (r *random) below(n int) int { return min(int(r.uniform(0, float64(n))), n-1) }

// chance is 1 with probability p, otherwise 0.
func (r *random) chance(p float64) float32 {
	if r.uniform(0, 1) < p {
		return 1
	}
	return 0
}

// draw fills a row, of all columns, for an image of h x w pixels.
func (r *random) draw(row []float32, s config.Augment, h, w int) {
	y, x, ch, cw := 0, 0, h, w
	switch {
	case s.Crop > 0:
		y, x, ch, cw = r.crop(s.Crop, h, w)
	case s.Pad > 0:
		y, x = r.below(2*s.Pad+1)-s.Pad, r.below(2*s.Pad+1)-s.Pad
	}
	row[top], row[left], row[height], row[width] = float32(y), float32(x), float32(ch), float32(cw)
	row[flip], row[grey] = r.chance(s.Flip), r.chance(s.Grey)
	for _, factor := range []int{brightness, contrast, saturation} {
		row[factor] = float32(r.uniform(1-s.Colour, 1+s.Colour))
	}
	row[hue] = float32(r.uniform(-s.Colour, s.Colour))
}

// crop draws a box by the rule of torchvision's RandomResizedCrop: its area is
// uniform from least to 1 of the image's, the logarithm of its width by its height
// uniform from that of 3/4 to that of 4/3. A box that does not fit is drawn anew,
// ten times; then it is the largest in the middle of a ratio in that range.
func (r *random) crop(least float64, h, w int) (y, x, ch, cw int) {
	const narrowest, widest = 3. / 4, 4. / 3
	for range 10 {
		area := r.uniform(least, 1) * float64(h*w)
		ratio := math.Exp(r.uniform(math.Log(narrowest), math.Log(widest)))
		cw, ch = int(math.Round(math.Sqrt(area*ratio))), int(math.Round(math.Sqrt(area/ratio)))
		if cw > 0 && cw <= w && ch > 0 && ch <= h {
			return r.below(h - ch + 1), r.below(w - cw + 1), ch, cw
		}
	}
	ch, cw = h, w
	switch ratio := float64(w) / float64(h); {
	case ratio < narrowest:
		ch = int(math.Round(float64(w) / narrowest))
	case ratio > widest:
		cw = int(math.Round(float64(h) * widest))
	}
	return (h - ch) / 2, (w - cw) / 2, ch, cw
}
