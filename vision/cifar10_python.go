package vision

import (
	"fmt"
	"io"
	"sync"
)

// A python file is the pickle of a dict: data is a numpy array [n, 3072] of
// uint8 in the binary layout's order, labels a list of n integers. The other
// keys (batch_label, filenames) are not used.

// pythonSizes leaves room for the other keys and for what python 3 writes
// under protocol 2, where a byte above 127 takes two.
func pythonSizes(n int) (least, most int64) {
	return int64(n) * cifarImage, int64(n)*(2*cifarImage+256) + 1<<16
}

// pickles are the buffers that files are read into: the pixels are copied
// once, from there to their split.
var pickles sync.Pool

func decodePython(r io.Reader, size int64, labels, pixels []byte) error {
	buffer, _ := pickles.Get().(*[]byte)
	if buffer == nil || int64(cap(*buffer)) < size {
		b := make([]byte, size)
		buffer = &b
	}
	defer pickles.Put(buffer)
	in := (*buffer)[:size]
	if n, err := io.ReadFull(r, in); err != nil {
		return readError(int64(n), err)
	}
	return decodePickle(in, labels, pixels)
}

func decodePickle(in []byte, labels, pixels []byte) error {
	v, err := unpickle(in)
	if err != nil {
		return err
	}
	batch, ok := v.(*dict)
	if !ok {
		return &damage{0, "the pickle is not a dict"}
	}
	if err := copyLabels(batch.lookUp("labels"), labels); err != nil {
		return err
	}
	return copyPixels(batch.lookUp("data"), len(labels), pixels)
}

func copyLabels(v any, labels []byte) error {
	given, ok := v.(*list)
	if !ok || len(given.items) != len(labels) {
		return &damage{0, fmt.Sprintf("the pickle's dict has no list of %d labels", len(labels))}
	}
	for i, item := range given.items {
		label, ok := item.(integer)
		if !ok {
			return &damage{0, fmt.Sprintf("label %d is not an integer", i)}
		}
		if label.value < 0 || label.value >= cifarClasses {
			return &damage{int64(label.at), fmt.Sprintf("image %d has label %d; labels are 0 to %d", i, label.value, cifarClasses-1)}
		}
		labels[i] = byte(label.value)
	}
	return nil
}

func copyPixels(v any, n int, pixels []byte) error {
	a, ok := v.(*ndarray)
	if !ok {
		return &damage{0, "the pickle's dict has no array named data"}
	}
	if len(a.shape) != 2 || a.shape[0] != int64(n) || a.shape[1] != cifarImage || len(a.data) != len(pixels) {
		return &damage{int64(a.at), fmt.Sprintf("the array is %v in %d bytes; it has to be [%d %d]", a.shape, len(a.data), n, cifarImage)}
	}
	if !a.fortran {
		copy(pixels, a.data)
		return nil
	}
	for i := range n {
		for j := range cifarImage {
			pixels[i*cifarImage+j] = a.data[j*n+i]
		}
	}
	return nil
}
