package weights

import (
	"errors"
	"fmt"
	"math"
)

// tensor is a view of a storage: the element at index i is number
// offset + sum(i[d]*stride[d]) of the storage.
type tensor struct {
	storage storage
	offset  int
	shape   []int
	stride  []int
}

// size checks that the tensor lies within its storage and is the bytes of its
// elements.
func (t *tensor) size() (int, error) {
	n, err := elements(t.shape)
	if err != nil {
		return 0, err
	}
	if len(t.stride) != len(t.shape) || t.offset < 0 {
		return 0, errors.New("impossible strides or offset")
	}
	if n == 0 {
		return 0, nil
	}
	size := t.storage.dtype.Size()
	if n > t.storage.elements || t.storage.elements > math.MaxInt/size {
		// More elements than stored: expanded by strides of 0.
		return 0, fmt.Errorf("%d elements in a storage of %d", n, t.storage.elements)
	}
	last := t.storage.elements - 1 - t.offset // the elements left after the first
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
			shapeString(t.shape), shapeString(t.stride), t.offset, t.storage.elements)
	}
	return n * size, nil
}

// rowMajor is the tensor's elements in row-major order, from its storage's
// bytes: a part of them, or a copy where they are in another order. size has
// checked the tensor.
func (t *tensor) rowMajor(stored []byte) ([]byte, error) {
	width := t.storage.dtype.Size()
	if len(stored) != t.storage.elements*width {
		return nil, fmt.Errorf("%d bytes stored, want %d elements of %s", len(stored), t.storage.elements, t.storage.dtype)
	}
	n, err := elements(t.shape)
	if err != nil || n == 0 {
		return nil, err
	}
	if t.contiguous() {
		begin, end := t.offset*width, (t.offset+n)*width
		return stored[begin:end:end], nil
	}
	out := make([]byte, 0, n*width)
	at := make([]int, len(t.shape))
	from := t.offset
	for range n {
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
