// Package memory shows the memory of tensors to code that computes without
// libtorch.
package memory

import (
	"fmt"
	"unsafe"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// Of is t's memory itself, on a CPU: its values in the order in which they lie
// there, without gaps. strides say where each is, in values. What is returned
// ends with the tensor.
func Of[T torch.Element](t *ts.Tensor) (values []T, strides []int64, err error) {
	if want := dtypes[fmt.Sprintf("%T", *new(T))]; t.DType() != want {
		return nil, nil, fmt.Errorf("tensor holds %v, not %v", t.DType(), want)
	}
	device, err := t.Device()
	if err != nil {
		return nil, nil, err
	}
	if device.IsCuda() {
		return nil, nil, fmt.Errorf("the tensor's memory is that of %v", device)
	}
	shape, err := t.Size()
	if err != nil {
		return nil, nil, err
	}
	if strides, err = t.Stride(); err != nil {
		return nil, nil, err
	}
	size, last := int64(1), int64(1)
	for i, n := range shape {
		size *= n
		last += (n - 1) * strides[i]
	}
	if size == 0 || last != size {
		return nil, nil, fmt.Errorf("a tensor of shape %v and strides %v has gaps, or nothing", shape, strides)
	}
	at, err := t.DataPtr()
	if err != nil {
		return nil, nil, err
	}
	return unsafe.Slice((*T)(at), size), strides, nil
}

// dtypes are the tensor types of Go's.
var dtypes = map[string]gotch.DType{"uint8": gotch.Uint8, "int64": gotch.Int64, "float32": gotch.Float, "float64": gotch.Double}
