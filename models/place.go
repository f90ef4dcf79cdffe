package models

import (
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// place moves the layer's weights to device.
func (l *layer) place(device torch.Device) error {
	for _, t := range []**ts.Tensor{&l.weight, &l.bias} {
		if *t == nil {
			continue
		}
		moved, err := place(*t, device)
		if err != nil {
			return err
		}
		torch.Drop(*t)
		*t = moved
	}
	return nil
}

// place returns t on device; the weights of convolutions get their channels
// innermost in memory, the order in which the images come.
func place(t *ts.Tensor, device torch.Device) (*ts.Tensor, error) {
	moved, err := t.ToDevice(device.Gotch(), gotch.Float, false, false, false)
	if err != nil || t.Dim() != 4 {
		return moved, err
	}
	defer torch.Drop(moved)
	return torch.ChannelsLast(moved)
}
