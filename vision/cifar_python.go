package vision

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"aeprobe/internal/pickle"
)

// pythonFormat is the pickle of a dict: data is a numpy array [n, 3072] of
// uint8 in the binary layout's order, and key leads to a list of n integers
// below classes. The other keys (batch_label, filenames) are not used.
//
// The largest size leaves room for those keys and for what python 3 writes
// under protocol 2, where a byte above 127 takes two.
func pythonFormat(key string, classes int) format {
	return format{
		sizes: func(n int) (least, most int64) {
			return int64(n) * cifarImage, int64(n)*(2*cifarImage+256) + 1<<16
		},
		decode: func(r io.Reader, size int64, part Split) error {
			return decodePython(r, size, key, classes, part)
		},
	}
}

// pickles are the buffers that files are read into: the pixels are copied
// once, from there to their split.
var pickles sync.Pool

func decodePython(r io.Reader, size int64, key string, classes int, part Split) error {
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
	return decodePickle(in, key, classes, part)
}

func decodePickle(in []byte, key string, classes int, part Split) error {
	v, n, err := decodeNumpy(in)
	if err != nil {
		return err
	}
	if n != len(in) {
		return &damage{offset: int64(n), reason: "the file goes on after the end of its pickle"}
	}
	batch, ok := v.(*pickle.Dict)
	if !ok {
		return fmt.Errorf("the pickle is a %s, not a dict", pickle.TypeName(v))
	}
	given, _ := batch.Get(key)
	if err := copyLabels(given, key, classes, part.Labels); err != nil {
		return err
	}
	data, _ := batch.Get("data")
	return copyPixels(data, part.Pixels, part.Len())
}

func copyLabels(v any, key string, classes int, labels []byte) error {
	given, ok := v.(*pickle.List)
	if !ok || len(given.Items) != len(labels) {
		return fmt.Errorf("the pickle's dict has no list of %d %s", len(labels), key)
	}
	for i, item := range given.Items {
		label, ok := item.(int64)
		if !ok {
			return fmt.Errorf("the label of image %d is a %s", i, pickle.TypeName(item))
		}
		if label < 0 || label >= int64(classes) {
			return fmt.Errorf("image %d has label %d; labels are 0 to %d", i, label, classes-1)
		}
		labels[i] = byte(label)
	}
	return nil
}

func copyPixels(v any, pixels []byte, n int) error {
	a, ok := v.(*ndarray)
	if !ok {
		return errors.New("the pickle's dict has no array named data")
	}
	if !slices.Equal(a.shape, []int64{int64(n), cifarImage}) {
		return fmt.Errorf("the array has shape %v, not [%d %d]", a.shape, n, cifarImage)
	}
	switch data := a.data.(type) {
	case string:
		return place(data, pixels, n, a.fortran)
	case pickle.Bytes:
		return place(data, pixels, n, a.fortran)
	}
	return errors.New("the array has no data")
}

// place copies an array of n rows.
func place[Data string | pickle.Bytes](data Data, pixels []byte, n int, fortran bool) error {
	if len(data) != len(pixels) {
		return fmt.Errorf("the array has %d bytes, not %d", len(data), len(pixels))
	}
	if !fortran {
		copy(pixels, data)
		return nil
	}
	for i := range n {
		for j := range cifarImage {
			pixels[i*cifarImage+j] = data[j*n+i]
		}
	}
	return nil
}
