package vision

import (
	"fmt"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/torch"
)

// Resident is a split whose images and labels lie on the device as uint8 and
// int64, so that a batch is picked, cast and scaled there.
type Resident struct {
	pixels *ts.Tensor // uint8 [N, H, W, C]
	labels *ts.Tensor // int64 [N]
	n      int
}

// NewResident copies split, of images of shape [C, H, W], to device.
func NewResident(split Split, shape [3]int, device torch.Device) (*Resident, error) {
	n := split.Len()
	pixels, err := residentPixels(split.Pixels, n, shape, device)
	if err != nil {
		return nil, fmt.Errorf("copy %d images to %s: %w", n, device, err)
	}
	labels, err := residentLabels(split.Labels, device)
	if err != nil {
		torch.Drop(pixels)
		return nil, fmt.Errorf("copy %d labels to %s: %w", n, device, err)
	}
	return &Resident{pixels: pixels, labels: labels, n: n}, nil
}

// atOnce is how many images are interleaved at a time: a copy of all of them
// would be as large as what it is for.
const atOnce = 1000

func residentPixels(pixels []byte, n int, shape [3]int, device torch.Device) (*ts.Tensor, error) {
	channels, height, width := int64(shape[0]), int64(shape[1]), int64(shape[2])
	all, err := ts.Zeros([]int64{int64(n), height, width, channels}, gotch.Uint8, device.Gotch())
	if err != nil {
		return nil, err
	}
	size := shape[0] * shape[1] * shape[2]
	for first := 0; first < n; first += atOnce {
		end := min(first+atOnce, n)
		if err := interleave(all, first, pixels[first*size:end*size], int64(end-first), channels, height, width); err != nil {
			torch.Drop(all)
			return nil, err
		}
	}
	return all, nil
}

// interleave puts n images of [C, H, W] into all, [N, H, W, C], from first on.
func interleave(all *ts.Tensor, first int, pixels []byte, n, channels, height, width int64) error {
	planes, err := torch.FromSlice(pixels, n, channels, height, width)
	if err != nil {
		return err
	}
	defer torch.Drop(planes)
	interleaved, err := planes.Permute([]int64{0, 2, 3, 1}, false)
	if err != nil {
		return err
	}
	defer torch.Drop(interleaved)
	place, err := all.Narrow(0, int64(first), n, false)
	if err != nil {
		return err
	}
	defer torch.Drop(place)
	return torch.Copy(place, interleaved)
}

func residentLabels(labels []byte, device torch.Device) (*ts.Tensor, error) {
	wide := make([]int64, len(labels))
	for i, l := range labels {
		wide[i] = int64(l)
	}
	host, err := torch.FromSlice(wide, int64(len(wide)))
	if err != nil {
		return nil, err
	}
	defer torch.Drop(host)
	return host.ToDevice(device.Gotch(), gotch.Int64, false, false, false)
}

// Len is the number of images.
func (r *Resident) Len() int { return r.n }

// Images picks images by index, int64 [B] on the same device: float32
// [B, C, H, W] from 0 to 1. The caller drops the result.
func (r *Resident) Images(index *ts.Tensor) (*ts.Tensor, error) { return torch.Images(r.pixels, index) }

// Labels picks labels by index, int64 [B] on the same device: int64 [B]. The
// caller drops the result.
func (r *Resident) Labels(index *ts.Tensor) (*ts.Tensor, error) {
	return r.labels.IndexSelect(0, index, false)
}

// Drop frees the device's memory.
func (r *Resident) Drop() { torch.Drop(r.pixels, r.labels) }
