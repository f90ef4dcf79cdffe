package torch

// #include "native/aeprobe_torch.h"
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/sugarme/gotch/ts"
)

// Share is a CPU tensor, uint8 of shape, of the very bytes given, in row-major
// order: a copy of a data set would be as large as it is. release ends the
// tensor, whose copies may live on; nothing may write to the bytes before.
func Share(bytes []byte, shape ...int64) (t *ts.Tensor, release func(), err error) {
	if n := elements(shape); n != len(bytes) || n == 0 {
		return nil, nil, fmt.Errorf("%d bytes do not fill a tensor of shape %v", len(bytes), shape)
	}
	var pinner runtime.Pinner
	pinner.Pin(unsafe.SliceData(bytes))
	var out C.aep_tensor
	message := C.aep_share(unsafe.Pointer(unsafe.SliceData(bytes)), (*C.int64_t)(unsafe.SliceData(shape)), C.size_t(len(shape)), &out)
	if t, err = owned(out, message); err != nil {
		pinner.Unpin()
		return nil, nil, err
	}
	return t, func() {
		Drop(t)
		pinner.Unpin()
	}, nil
}

// Images picks images from pixels, uint8 [N, C, H, W], by index, int64 [B],
// and returns them as float32 [B, C, H, W] from 0 to 1, channels innermost in
// memory. Both are on the same device, and so is the result.
func Images(pixels, index *ts.Tensor) (*ts.Tensor, error) {
	var out C.aep_tensor
	message := C.aep_images(handle(pixels), handle(index), &out)
	return owned(out, message)
}
