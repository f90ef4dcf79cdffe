package vision

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
)

// This file reads IDX, the format of MNIST and its relatives
// (http://yann.lecun.com/exdb/mnist/): four bytes that name the type of the values
// (8, uint8) and the number of dimensions, the dimensions as big-endian uint32s,
// and the values.

// idx is how a file of a set of grey images is laid out.
type idx struct {
	side    int // of an image, height and width; 0 for a file of labels
	gzipped bool
	// turned tells that images are stored with their rows as columns, as EMNIST's
	// are.
	turned bool
	// classes and first are, of labels, how many there are and the lowest one.
	classes, first int
}

// format is that of a file.
func (x idx) format() format {
	return format{sizes: x.sizes, count: x.count, decode: func(r io.Reader, _ int64, part Split) error { return x.decode(r, part) }}
}

// header is the file's type and dimensions, but for the number of images.
func (x idx) header() []uint32 {
	if x.side == 0 {
		return []uint32{0x0801}
	}
	return []uint32{0x0803, uint32(x.side), uint32(x.side)}
}

func (x idx) sizes(n int) (least, most int64) {
	values := n
	if x.side > 0 {
		values *= x.side * x.side
	}
	size := int64(4*(len(x.header())+1) + values)
	if x.gzipped {
		return 20, size + size/1000 + 1<<12 // what does not compress is stored
	}
	return size, size
}

// open is the content of a file, and the byte at which it is.
func (x idx) open(r io.Reader) (*counter, error) {
	if !x.gzipped {
		return &counter{r: bufio.NewReaderSize(r, 1<<18)}, nil
	}
	unzipped, err := gzip.NewReader(bufio.NewReaderSize(r, 1<<18))
	if err != nil {
		return nil, fmt.Errorf("this is no gzip file, or a damaged one: %w", err)
	}
	return &counter{r: bufio.NewReaderSize(unzipped, 1<<18)}, nil
}

// count is the number of images or labels that the file says it has.
func (x idx) count(r io.Reader, _ int64) (int, error) {
	in, err := x.open(r)
	if err != nil {
		return 0, err
	}
	return x.readHeader(in)
}

func (x idx) readHeader(in *counter) (int, error) {
	want := x.header()
	given := make([]uint32, len(want)+1)
	for i := range given {
		at := in.n
		if err := binary.Read(in, binary.BigEndian, &given[i]); err != nil {
			return 0, readError(at, err)
		}
		k := max(0, i-1) // the number of images comes second
		if i != 1 && given[i] != want[k] {
			return 0, &damage{offset: at, reason: fmt.Sprintf("an IDX file of these has %#x here, found %#x", want[k], given[i])}
		}
	}
	if given[1] > 1<<30 {
		return 0, &damage{offset: 4, reason: fmt.Sprintf("the file says that it has %d images", given[1])}
	}
	return int(given[1]), nil
}

// decode reads the images or the labels of a split, and the end of the file.
func (x idx) decode(r io.Reader, part Split) error {
	in, err := x.open(r)
	if err != nil {
		return err
	}
	n, err := x.readHeader(in)
	if err != nil {
		return err
	}
	if n != part.Len() {
		return &damage{offset: 4, reason: fmt.Sprintf("the file says that it has %d images, not %d", n, part.Len())}
	}
	if x.side == 0 {
		err = readLabels(in, part.Labels, x.classes, x.first)
	} else {
		at := in.n
		var got int
		if got, err = io.ReadFull(in, part.Pixels); err != nil {
			return readError(at+int64(got), err)
		}
		for i := 0; x.turned && i < n; i++ {
			transpose(part.Image(i), x.side)
		}
	}
	if err != nil {
		return err
	}
	return atEnd(in, n)
}

// readLabels reads labels that are bytes from first on, and makes them classes
// from 0 on.
func readLabels(in *counter, labels []byte, classes, first int) error {
	at := in.n
	if got, err := io.ReadFull(in, labels); err != nil {
		return readError(at+int64(got), err)
	}
	for i, l := range labels {
		if int(l) < first || int(l) >= first+classes {
			return &damage{offset: at + int64(i), reason: fmt.Sprintf("image %d has label %d; labels are %d to %d", i, l, first, first+classes-1)}
		}
		labels[i] = l - byte(first)
	}
	return nil
}

// atEnd is an error if the file goes on.
func atEnd(in *counter, n int) error {
	at := in.n
	switch _, err := io.ReadFull(in, make([]byte, 1)); err {
	case io.EOF:
		return nil
	case nil:
		return &damage{offset: at, reason: fmt.Sprintf("the file goes on after its %d images", n)}
	default:
		return readError(at, err)
	}
}

// transpose makes rows of the columns of a square plane.
func transpose(plane []byte, side int) {
	for y := range side {
		for x := range y {
			plane[y*side+x], plane[x*side+y] = plane[x*side+y], plane[y*side+x]
		}
	}
}
