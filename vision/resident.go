package vision

import (
	"fmt"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
	"aeprobe/internal/torch/memory"
)

// Images are labelled images on a device, which are picked by their index.
// *Resident and *Subset are.
type Images interface {
	// Len is the number of images.
	Len() int
	// Images picks images by index, int64 [B] on the same device, each from 0
	// to Len-1: float32 [B, C, H, W] from 0 to 1. The caller drops the result.
	Images(index *ts.Tensor) (*ts.Tensor, error)
	// Labels picks the labels of images by index, as Images does: int64 [B].
	// That of an image without a label is -1. The caller drops the result.
	Labels(index *ts.Tensor) (*ts.Tensor, error)
	// Memory is where the images lie. It fails if that is not a CPU's memory.
	Memory() (Memory, error)
}

// Memory is images and labels themselves, for whoever picks them without
// libtorch. It ends with the images.
type Memory struct {
	Pixels []byte  // [pictures, C, H, W]
	Index  []int64 // of each image in Pixels; nil where they are the pictures, in order
	Labels []int64 // of each image
}

// Resident is a split whose images and labels lie on the device as uint8 and
// int64, so that a batch is picked, cast and scaled there.
type Resident struct {
	pixels *ts.Tensor // uint8 [N, C, H, W]
	labels *ts.Tensor // int64 [N]
	n      int
	// release ends pixels.
	release func()
}

// NewResident brings split, of images of shape [C, H, W], to device. On the CPU
// it shares the split's pixels, which must not be written to until Drop.
func NewResident(split Split, shape [3]int, device torch.Device) (*Resident, error) {
	r := &Resident{n: split.Len()}
	var err error
	r.pixels, r.release, err = torch.Share(split.Pixels, int64(r.n), int64(shape[0]), int64(shape[1]), int64(shape[2]))
	if err == nil && !device.IsCPU() {
		r.pixels, r.release, err = copied(r.pixels, r.release, device)
	}
	if err != nil {
		return nil, fmt.Errorf("bring %d images to %s: %w", r.n, device, err)
	}
	if r.labels, err = residentLabels(split.Labels, device); err != nil {
		r.release()
		return nil, fmt.Errorf("copy %d labels to %s: %w", r.n, device, err)
	}
	return r, nil
}

// copied is a copy on device in the place of the pixels that are shared.
func copied(shared *ts.Tensor, release func(), device torch.Device) (*ts.Tensor, func(), error) {
	defer release()
	pixels, err := shared.ToDevice(device.Gotch(), gotch.Uint8, false, true, false)
	return pixels, func() { torch.Drop(pixels) }, err
}

func residentLabels(labels []byte, device torch.Device) (*ts.Tensor, error) {
	wide := make([]int64, len(labels))
	for i, l := range labels {
		if wide[i] = int64(l); l == NoLabel {
			wide[i] = -1
		}
	}
	return int64sOn(device, wide)
}

// int64sOn copies values to device, int64 [N].
func int64sOn(device torch.Device, values []int64) (*ts.Tensor, error) {
	host, err := torch.FromSlice(values, int64(len(values)))
	if err != nil {
		return nil, err
	}
	defer torch.Drop(host)
	return host.ToDevice(device.Gotch(), gotch.Int64, false, false, false)
}

// Len is the number of images.
func (r *Resident) Len() int { return r.n }

// Images is that of the interface Images.
func (r *Resident) Images(index *ts.Tensor) (*ts.Tensor, error) { return torch.Images(r.pixels, index) }

// Labels is that of the interface Images.
func (r *Resident) Labels(index *ts.Tensor) (*ts.Tensor, error) {
	return r.labels.IndexSelect(0, index, false)
}

// Memory is that of the interface Images.
func (r *Resident) Memory() (m Memory, err error) {
	if m.Pixels, _, err = memory.Of[byte](r.pixels); err != nil {
		return Memory{}, err
	}
	m.Labels, _, err = memory.Of[int64](r.labels)
	return m, err
}

// Drop frees the device's memory.
func (r *Resident) Drop() {
	r.release()
	torch.Drop(r.labels)
}
