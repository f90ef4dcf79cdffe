package torch

// #include "native/aeprobe_torch.h"
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/libtch"
	"github.com/sugarme/gotch/ts"
)

// Element is a Go type whose values a tensor can hold.
type Element interface {
	uint8 | int64 | float32 | float64
}

// dtype is the tensor type of T's values.
func dtype[T Element]() gotch.DType {
	switch any(*new(T)).(type) {
	case uint8:
		return gotch.Uint8
	case int64:
		return gotch.Int64
	case float32:
		return gotch.Float
	default:
		return gotch.Double
	}
}

// FromSlice copies values, in row-major order, to a new CPU tensor of shape.
func FromSlice[T Element](values []T, shape ...int64) (*ts.Tensor, error) {
	if n := elements(shape); n != len(values) {
		return nil, fmt.Errorf("%d values do not fill a tensor of shape %v", len(values), shape)
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("a tensor of shape %v has no values", shape)
	}
	// libtorch wants the dimensions' address even where there are none.
	dims := append(make([]int64, 0, len(shape)+1), shape...)[:len(shape)+1]
	c := libtch.AtTensorOfData(unsafe.Pointer(unsafe.SliceData(values)), dims,
		uint(len(shape)), uint(unsafe.Sizeof(*new(T))), int(dtype[T]().CKind()))
	if err := ts.TorchErr(); err != nil {
		return nil, err
	}
	return ts.FromCtensor(unsafe.Pointer(c)), nil
}

// ToSlice copies t's values, in row-major order, from whatever device it is
// on. t must hold values of type T.
func ToSlice[T Element](t *ts.Tensor) ([]T, error) {
	if want := dtype[T](); t.DType() != want {
		return nil, fmt.Errorf("tensor holds %v, not %v", t.DType(), want)
	}
	shape, err := t.Size()
	if err != nil {
		return nil, err
	}
	values := make([]T, elements(shape))
	if len(values) == 0 {
		return values, nil
	}
	libtch.AtCopyData(libtch.Ctensor(t.Ctensor()), unsafe.Pointer(unsafe.SliceData(values)),
		uint(len(values)), uint(unsafe.Sizeof(*new(T))))
	return values, ts.TorchErr()
}

func elements(shape []int64) int {
	n := 1
	for _, d := range shape {
		n *= int(d)
	}
	return n
}

// ChannelsLast returns t, [N, C, H, W], with its channels innermost in memory,
// the order in which convolutions are fastest. The shape stays as it is.
func ChannelsLast(t *ts.Tensor) (*ts.Tensor, error) {
	var out C.aep_tensor
	message := C.aep_channels_last(handle(t), &out)
	return owned(out, message)
}

// Contiguous returns t in row-major order.
func Contiguous(t *ts.Tensor) (*ts.Tensor, error) {
	var out C.aep_tensor
	message := C.aep_contiguous(handle(t), &out)
	return owned(out, message)
}

// Record stores the scalar value at place at of into, [N], without waiting for
// the device to compute it.
func Record(into *ts.Tensor, at int, value *ts.Tensor) error {
	return failure(C.aep_record(handle(into), C.int64_t(at), handle(value)))
}

// Store stores value at place at of into, float32 [N].
func Store(into *ts.Tensor, at int, value float64) error {
	return failure(C.aep_store(handle(into), C.int64_t(at), C.double(value)))
}

// Copy writes from's values into into, which keeps its device, its memory
// order and its place in an optimizer.
func Copy(into, from *ts.Tensor) error {
	return failure(C.aep_copy(handle(into), handle(from)))
}
