package models

import (
	"fmt"
	"slices"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// PyTorch's defaults.
const (
	batchNormEpsilon  = 1e-5
	batchNormMomentum = 0.1
)

// batchNorm2d is nn.BatchNorm2d(in): in Training it normalises each channel by
// the mean and variance of its batch, [N, H, W], and updates the running ones;
// in Evaluation it normalises by those.
type batchNorm2d struct {
	weighted
	mean, variance *ts.Tensor // float32 [in]
	batches        *ts.Tensor // int64 scalar, how often those were updated
	one            *ts.Scalar // gotch frees it with b
}

// newBatchNorm2d draws nothing: weight and variance are 1, the rest is 0.
func newBatchNorm2d(_ config.Layer, in [3]int, _ *torch.Generator) (Module, error) {
	var err error
	filled := func(value float32) (t *ts.Tensor) {
		if err == nil {
			t, err = torch.FromSlice(slices.Repeat([]float32{value}, in[0]), int64(in[0]))
		}
		return t
	}
	b := &batchNorm2d{weighted: weighted{filled(1), filled(0)}, mean: filled(0), variance: filled(1), one: ts.IntScalar(1)}
	if err == nil {
		b.batches, err = torch.FromSlice([]int64{0})
	}
	if err != nil {
		b.Drop()
		return nil, err
	}
	return b, nil
}

func (b *batchNorm2d) Forward(x *ts.Tensor, m Mode) (*ts.Tensor, error) {
	if m == Training {
		if err := b.count(x); err != nil {
			return nil, err
		}
	}
	return ts.BatchNorm(x, b.weight, b.bias, b.mean, b.variance, m == Training, batchNormMomentum, batchNormEpsilon, true)
}

func (b *batchNorm2d) ForwardReLU(x *ts.Tensor, m Mode) (*ts.Tensor, error) {
	return inPlaceReLU(b.Forward(x, m))
}

// count counts a batch x, [N, C, H, W], to be trained on. As PyTorch does, it
// refuses one with a single number a channel, which has no variance.
func (b *batchNorm2d) count(x *ts.Tensor) error {
	shape, err := x.Size()
	if err != nil {
		return err
	}
	if shape[0]*shape[2]*shape[3] == 1 {
		return fmt.Errorf("expected more than 1 value per channel when training, got input size %v\n"+
			"choose a batch size that leaves no last batch of 1 image", shape)
	}
	return b.batches.AddScalar_(b.one)
}

func (b *batchNorm2d) Buffers(prefix string) []Parameter {
	return []Parameter{
		{prefix + ".running_mean", b.mean},
		{prefix + ".running_var", b.variance},
		{prefix + ".num_batches_tracked", b.batches},
	}
}

func (b *batchNorm2d) NeedsWholeBatch() bool { return true }

func (b *batchNorm2d) Place(device torch.Device) error {
	return place(device, &b.weight, &b.bias, &b.mean, &b.variance, &b.batches)
}

func (b *batchNorm2d) Drop() {
	b.weighted.Drop()
	torch.Drop(b.mean, b.variance, b.batches)
}
