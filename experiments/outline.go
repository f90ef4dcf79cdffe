package experiments

import (
	"aeprobe/config"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// Outline is a definition's stages, for whoever wants their names and epochs and
// has no images. Their fingerprints are not those of a run, and they cannot be
// run.
func Outline(d *config.Definition) ([]*stages.Stage, error) {
	return newSetup(d, Unread(d), Options{Device: torch.CPU, Threads: 1}).unfold()
}

// mostUnread images are counted of a set whose size only its files tell.
const mostUnread = 1_000_000

// Unread has the shape, the classes and as many images as a definition's data set, with
// no pixels. It stands for one that is not on this machine.
func Unread(d *config.Definition) *vision.Dataset {
	set, _ := d.Data.Describe()
	train, test := d.Data.Sizes()
	unread := &vision.Dataset{Name: d.Data.Set, Shape: set.Image, Classes: set.Classes,
		Train: inTurn(train, len(set.Classes)), Test: inTurn(test, len(set.Classes)),
		Pretraining: map[config.Pretraining]*vision.Dataset{}}
	for _, a := range d.Autoencoders {
		if a.Data != nil {
			unread.Pretraining[a.Data.Key()] = UnreadPretraining(*a.Data)
		}
	}
	return unread
}

// UnreadPretraining stands for images that an auto-encoder is trained on instead.
func UnreadPretraining(p config.Pretraining) *vision.Dataset {
	set, _ := p.Describe()
	return &vision.Dataset{Name: p.Set, Shape: set.Image, Classes: set.Classes, Train: inTurn(p.Len(), len(set.Classes))}
}

// inTurn labels images with one class after the other.
func inTurn(images, classes int) vision.Split {
	labels := make([]byte, min(images, mostUnread))
	for i := range labels {
		labels[i] = byte(i % max(classes, 1))
	}
	return vision.Split{Labels: labels}
}
