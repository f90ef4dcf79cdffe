package augment

import (
	"fmt"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// An Augmenter changes the images of a training. Parts of a batch may be changed
// at once, on several threads.
type Augmenter struct {
	config.Augment
	shape  [3]int // of an image, [C, H, W]
	images int
	seed   uint64
	draws  *ts.Tensor // float32 [images, columns], the epoch's, on the device
	*constants
	made torch.Scope
}

// New makes an augmenter of so many images of shape [C, H, W], which draws from
// the seed. Enter draws the first numbers; Drop frees it.
func New(s config.Augment, images int, shape [3]int, seed uint64, device torch.Device) (*Augmenter, error) {
	a := &Augmenter{Augment: s, shape: shape, images: images, seed: seed}
	a.draws = a.made.Do(func() (*ts.Tensor, error) {
		return ts.Zeros([]int64{int64(images), columns}, gotch.Float, device.Gotch())
	})
	a.constants = newConstants(&a.made, shape, device)
	if a.made.Err != nil {
		a.Drop()
		return nil, fmt.Errorf("prepare to augment %d images: %w", images, a.made.Err)
	}
	return a, nil
}

// Enter draws what happens to each image in an epoch, from 1.
func (a *Augmenter) Enter(epoch int) error {
	rows := make([]float32, a.images*columns)
	for i := range a.images {
		at(a.seed, uint64(epoch), i).draw(rows[i*columns:][:columns], a.Augment, a.shape[1], a.shape[2])
	}
	drawn, err := torch.FromSlice(rows, int64(a.images), columns)
	if err != nil {
		return err
	}
	defer torch.Drop(drawn)
	return torch.Copy(a.draws, drawn)
}

// Apply is what becomes in this epoch of images, float32 [B, C, H, W] from 0 to 1,
// the training's at index, int64 [B]. First a part is taken and mirrored, then
// colours are lost, then they change. The caller drops the result.
func (a *Augmenter) Apply(images, index *ts.Tensor) (*ts.Tensor, error) {
	drawn, err := a.draws.IndexSelect(0, index, false)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(drawn)
	return a.apply(images, drawn)
}

// apply is Apply with a row of draws for each image, [B, columns].
func (a *Augmenter) apply(images, drawn *ts.Tensor) (*ts.Tensor, error) {
	s := &step{constants: a.constants, drawn: drawn}
	defer s.Drop()
	x := images
	if a.Crop > 0 || a.Pad > 0 {
		x = s.part(x, s.rows, top, height, a.Augment)
	}
	if a.Crop > 0 || a.Pad > 0 || a.Flip > 0 {
		x = s.part(x, s.pixels, left, width, a.Augment)
	}
	if a.Grey > 0 {
		x = s.greyed(x)
	}
	if a.Colour > 0 {
		x = s.coloured(x)
	}
	if s.Err != nil {
		return nil, s.Err
	}
	return x.ShallowClone()
}

// Drop frees the augmenter.
func (a *Augmenter) Drop() { a.made.Drop() }
