package vision

import (
	"errors"
	"fmt"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
	"aeprobe/internal/torch/memory"
)

// Subset is some of a sequence's images, in an order of its own: a few with
// labels, one side of a validation split, or those of some classes. It shares
// the images, and has only its index and labels for itself.
type Subset struct {
	all    Images
	picked []int      // the images, by their index in all
	index  *ts.Tensor // picked, int64 [N]
	labels *ts.Tensor // int64 [N]
	device torch.Device
}

// NewSubset picks images of all, which lie on device. Each index is from 0 to
// all.Len()-1, and there is at least one; PerClass, OfClasses and Without make
// such lists. A subset of a subset picks directly from the images of the first
// one, with its labels, and does not need it any longer. all must not be
// dropped before the subset.
func NewSubset(all Images, picked []int, device torch.Device) (*Subset, error) {
	if len(picked) == 0 {
		return nil, errors.New("a subset of no images\npick at least one")
	}
	for _, i := range picked {
		if i < 0 || i >= all.Len() {
			return nil, fmt.Errorf("a subset cannot have image %d: there are %d\npick from 0 to %d", i, all.Len(), all.Len()-1)
		}
	}
	given, err := indexOn(device, picked)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(given)
	s := &Subset{all: all, picked: picked, device: device}
	if inner, ok := all.(*Subset); ok {
		s.all, s.picked = inner.all, pickedTwice(inner.picked, picked)
	}
	if s.labels, err = all.Labels(given); err != nil {
		return nil, err
	}
	if s.index, err = indexOn(device, s.picked); err != nil {
		torch.Drop(s.labels)
		return nil, err
	}
	return s, nil
}

func pickedTwice(first, second []int) []int {
	picked := make([]int, len(second))
	for i, k := range second {
		picked[i] = first[k]
	}
	return picked
}

func indexOn(device torch.Device, values []int) (*ts.Tensor, error) {
	wide := make([]int64, len(values))
	for i, v := range values {
		wide[i] = int64(v)
	}
	return int64sOn(device, wide)
}

// Relabel gives the images of classes[k] label k, so that the labels of a
// subset of n classes are 0 to n-1. It is an error if an image has another
// class, or if a class is listed twice; the labels then stay.
func (s *Subset) Relabel(classes ...int) error {
	label := map[int64]int64{}
	for k, class := range classes {
		if _, twice := label[int64(class)]; twice {
			return fmt.Errorf("class %d is listed twice", class)
		}
		label[int64(class)] = int64(k)
	}
	labels, err := torch.ToSlice[int64](s.labels)
	if err != nil {
		return err
	}
	for i, old := range labels {
		k, ok := label[old]
		if !ok {
			return fmt.Errorf("image %d of the subset has class %d, which is not one of %v", i, old, classes)
		}
		labels[i] = k
	}
	relabelled, err := int64sOn(s.device, labels)
	if err != nil {
		return err
	}
	torch.Drop(s.labels)
	s.labels = relabelled
	return nil
}

// Len is the number of images.
func (s *Subset) Len() int { return len(s.picked) }

// Images is that of the interface Images.
func (s *Subset) Images(index *ts.Tensor) (*ts.Tensor, error) {
	inner, err := s.index.IndexSelect(0, index, false)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(inner)
	return s.all.Images(inner)
}

// Labels is that of the interface Images.
func (s *Subset) Labels(index *ts.Tensor) (*ts.Tensor, error) {
	return s.labels.IndexSelect(0, index, false)
}

// Memory is that of the interface Images.
func (s *Subset) Memory() (Memory, error) {
	m, err := s.all.Memory()
	if err != nil {
		return Memory{}, err
	}
	if m.Index, _, err = memory.Of[int64](s.index); err != nil {
		return Memory{}, err
	}
	m.Labels, _, err = memory.Of[int64](s.labels)
	return m, err
}

// Drop frees what the subset has for itself.
func (s *Subset) Drop() { torch.Drop(s.index, s.labels) }
