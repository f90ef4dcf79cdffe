package models

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// place moves tensors to device; nil ones are skipped.
func place(device torch.Device, tensors ...**ts.Tensor) error {
	for _, t := range tensors {
		if *t == nil {
			continue
		}
		moved, err := placed(*t, device)
		if err != nil {
			return err
		}
		torch.Drop(*t)
		*t = moved
	}
	return nil
}

// placed returns t on device; the weights of convolutions get their channels
// innermost in memory, the order in which the images come.
func placed(t *ts.Tensor, device torch.Device) (*ts.Tensor, error) {
	moved, err := t.ToDevice(device.Gotch(), t.DType(), false, false, false)
	if err != nil || t.Dim() != 4 {
		return moved, err
	}
	defer torch.Drop(moved)
	return torch.ChannelsLast(moved)
}
