package experiments

import (
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
	"aeprobe/internal/torch/memory"
	"aeprobe/internal/train"
	"aeprobe/models"
)

// noise makes the inputs of a denoising auto-encoder. The rule: what a step adds
// depends on the seed and the number of the step alone, which is in the
// checkpoint, so that a resumed training sees the same.
type noise struct {
	deviation float64
	seed      uint64
	device    torch.Device
	steps     *ts.Tensor // int64 scalar: steps taken
	taken     []int64    // its memory
	zero, one *ts.Scalar // gotch frees them with n
}

// noiseSteps is the name of the number of steps in a checkpoint.
const noiseSteps = "noise.steps"

func newNoise(deviation float64, seed uint64, device torch.Device) (*noise, error) {
	n := &noise{deviation: deviation, seed: seed, device: device, zero: ts.FloatScalar(0), one: ts.FloatScalar(1)}
	var err error
	if n.steps, err = torch.FromSlice([]int64{0}); err != nil {
		return nil, err
	}
	n.taken, _, err = memory.Of[int64](n.steps)
	return n, err
}

// add is images, float32 [B, C, H, W] from 0 to 1, with this step's noise, clamped
// to [0, 1].
func (n *noise) add(images *ts.Tensor) (*ts.Tensor, error) {
	generator, err := torch.NewGenerator(noiseSeed(n.seed, uint64(n.taken[0])))
	if err != nil {
		return nil, err
	}
	var s torch.Scope
	defer s.Drop()
	drawn := s.Do(func() (*ts.Tensor, error) { return ts.Zeros(images.MustSize(), gotch.Float, gotch.CPU) })
	if s.Err == nil {
		s.Err = generator.Normal(drawn, n.deviation)
	}
	placed := s.Do(func() (*ts.Tensor, error) { return drawn.To(n.device.Gotch(), false) })
	noisy := s.Do(func() (*ts.Tensor, error) { return images.Add(placed, false) })
	if s.Err != nil {
		return nil, s.Err
	}
	return noisy.Clamp(n.zero, n.one, false)
}

// noiseSeed is the seed of a step's noise, of 32 bits, since libtorch uses no more:
// splitmix64's finalizer (Vigna) of the training's seed and the step.
func noiseSeed(seed, step uint64) uint64 {
	x := seed<<32 + step
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return (x ^ x>>31) >> 32
}

// stepped counts a step.
func (n *noise) stepped(*ts.Tensor) error {
	n.taken[0]++
	return nil
}

// join makes a task keep the number of its steps. No plan knows noise, and each
// batch must be whole: its noise is drawn at once.
func (n *noise) join(t *train.Task) {
	t.Network, t.Whole, t.Varies = nil, true, true
	t.State = []models.Parameter{{Name: noiseSteps, Tensor: n.steps}}
	t.AfterStep = n.stepped
	drop := t.Drop
	t.Drop = func() {
		torch.Drop(n.steps)
		drop()
	}
}
