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
	return newSetup(d, Unread(d.Data), Options{Device: torch.CPU, Threads: 1}).unfold()
}

// mostUnread images are counted of a set whose size only its files tell.
const mostUnread = 1_000_000

// Unread has the shape, the classes and as many images as a data set, all of them
// black. It stands for one that is not on this machine.
func Unread(d config.Data) *vision.Dataset {
	set, _ := config.FindSet(d.Set)
	train, test := d.Sizes()
	return &vision.Dataset{Name: d.Set, Shape: set.Image, Classes: set.Classes,
		Train: vision.Split{Labels: inTurn(train, len(set.Classes))},
		Test:  vision.Split{Labels: inTurn(test, len(set.Classes))}}
}

// inTurn labels images with one class after the other.
func inTurn(images, classes int) []byte {
	labels := make([]byte, min(images, mostUnread))
	for i := range labels {
		labels[i] = byte(i % max(classes, 1))
	}
	return labels
}
