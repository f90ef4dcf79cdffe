package experiments

import (
	"errors"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/augment"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/vision"
)

// augmented are training images, changed at random as the training's settings say.
type augmented struct {
	picked
	by *augment.Augmenter
}

// picked are images that others change.
type picked = vision.Images

// Images are as they are in this epoch.
func (a augmented) Images(index *ts.Tensor) (*ts.Tensor, error) {
	images, err := a.picked.Images(index)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(images)
	return a.by.Apply(images, index)
}

// Memory fails: no plan augments.
func (a augmented) Memory() (vision.Memory, error) {
	return vision.Memory{}, errors.New("augmented images are made anew for each batch")
}

// augment is what a task trains on: the images, or, if its settings augment,
// those that they make of them in each epoch. The returned function frees what was
// made for them.
func (s *setup) augment(t *train.Task, images vision.Images) (seen vision.Images, drop func(), err error) {
	if t.Settings.Augment == nil {
		return images, func() {}, nil
	}
	by, err := augment.New(*t.Settings.Augment, images.Len(), s.data.Shape, s.seed, s.device)
	if err != nil {
		return nil, nil, err
	}
	enter := t.EnterEpoch
	t.EnterEpoch = func(epoch int) (changed bool, err error) {
		if enter != nil {
			if changed, err = enter(epoch); err != nil {
				return false, err
			}
		}
		return changed, by.Enter(epoch)
	}
	return augmented{images, by}, by.Drop, nil
}
