package weights

import (
	"errors"
	"fmt"
	"math"
)

// storage is a run of elements that tensors are views of. The pickle only
// refers to it; the bytes are elsewhere in the file.
type storage struct {
	key      string
	class    string // of Python, for messages
	dtype    DType
	width    int // bytes of an element, 0 where the class is not known
	elements int
}

// view is a part of a storage, in elements.
type view struct {
	*storage
	first, length int
}

// tensor is a view of a storage: the element at index i is number
// offset + sum(i[d]*stride[d]) of it.
type tensor struct {
	view   view
	dtype  DType // the storage's, or what its bytes are taken for
	offset int
	shape  []int
	stride []int
}

// bytes checks that the tensor lies within its view, and returns how many its
// elements have. Where a stride is 0, they are more than those stored.
func (t *tensor) bytes() (int, error) {
	n, err := elements(t.shape)
	if err != nil {
		return 0, err
	}
	if len(t.stride) != len(t.shape) || t.offset < 0 {
		return 0, errors.New("impossible strides or offset")
	}
	size := t.dtype.Size()
	if size == 0 {
		return 0, fmt.Errorf("unknown element type %.20q", t.dtype)
	}
	if n > math.MaxInt/size {
		return 0, fmt.Errorf("impossible shape %s", shapeString(t.shape))
	}
	if n == 0 {
		return 0, nil
	}
	stored := t.view.length * t.view.width / size
	last := stored - 1 - t.offset // the elements left after the first
	for d, length := range t.shape {
		stride := t.stride[d]
		if stride < 0 || stride > 0 && length-1 > last/stride {
			last = -1
			break
		}
		last -= (length - 1) * stride
	}
	if last < 0 {
		return 0, fmt.Errorf("shape %s with strides %s at %d leaves its storage of %d elements",
			shapeString(t.shape), shapeString(t.stride), t.offset, stored)
	}
	return n * size, nil
}

// rowMajor is the tensor's elements in row-major order, from its whole
// storage's bytes: a part of them, or a copy where they are in another order.
func (t *tensor) rowMajor(stored []byte) ([]byte, error) {
	size, err := t.bytes()
	if err != nil || size == 0 {
		return nil, err
	}
	if len(stored) != t.view.elements*t.view.width {
		return nil, fmt.Errorf("%d bytes stored, want %d of %d each", len(stored), t.view.elements, t.view.width)
	}
	first, end := t.view.first*t.view.width, (t.view.first+t.view.length)*t.view.width
	stored = stored[first:end:end]
	width := t.dtype.Size()
	if t.contiguous() {
		begin := t.offset * width
		return stored[begin : begin+size : begin+size], nil
	}
	out := make([]byte, 0, size)
	at := make([]int, len(t.shape))
	from := t.offset
	for range size / width {
		out = append(out, stored[from*width:(from+1)*width]...)
		// The next index, the last dimension running fastest.
		for d := len(at) - 1; d >= 0; d-- {
			at[d]++
			from += t.stride[d]
			if at[d] < t.shape[d] {
				break
			}
			from -= at[d] * t.stride[d]
			at[d] = 0
		}
	}
	return out, nil
}

func (t *tensor) contiguous() bool {
	want := 1
	for d := len(t.shape) - 1; d >= 0; d-- {
		if t.shape[d] != 1 && t.stride[d] != want {
			return false
		}
		want *= t.shape[d]
	}
	return true
}
