package vision

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// This file reads as much of MATLAB's MAT-files of level 5 as SVHN needs
// (https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf): matrices of
// numbers, compressed or not, of either byte order. Images go straight to their
// split, one after the other; whatever else is in a file is passed over, up to a
// bound on what all of it unpacks to. So a file that unpacks to petabytes ends
// with an error, and nothing is allocated by what a file says of itself.

// matHeader is the length of a MAT-file's header.
const matHeader = 128

// The types of data elements, and two classes of matrices.
const (
	matUint8      = 2
	matMatrix     = 14
	matCompressed = 15

	classUint8 = 9
)

// matSizes are the bytes of each type of number.
var matSizes = map[uint32]int64{1: 1, matUint8: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}

// mat reads the variables X and y.
type mat struct {
	side, classes int
	// most is how many bytes all variables may unpack to.
	most  int64
	order binary.ByteOrder
}

// errFound ends a file once all that is wanted is known.
var errFound = errors.New("found")

// count is the number of images in X.
func (m *mat) count(r io.Reader) (int, error) {
	n := 0
	err := m.variables(r, func(v *variable) error {
		if v.name != "X" {
			return nil
		}
		var err error
		if n, err = m.images(v); err == nil {
			err = errFound
		}
		return err
	})
	if errors.Is(err, errFound) {
		return n, nil
	}
	if err == nil {
		err = errors.New("the file has no variable X with images")
	}
	return 0, err
}

// decode reads images and labels.
func (m *mat) decode(r io.Reader, part Split) error {
	seen := map[string]bool{}
	err := m.variables(r, func(v *variable) error {
		if v.name != "X" && v.name != "y" {
			return nil
		}
		if seen[v.name] {
			return fmt.Errorf("the file has the variable %s twice", v.name)
		}
		seen[v.name] = true
		if v.name == "y" {
			return m.labels(v, part.Labels)
		}
		n, err := m.images(v)
		if err != nil {
			return err
		}
		if n != part.Len() {
			return fmt.Errorf("X has %d images, not %d", n, part.Len())
		}
		if _, err := io.ReadFull(v.data, part.Pixels); err != nil {
			return fmt.Errorf("the images of X end too early: %w", err)
		}
		for i := range n {
			eachPlane(part.Image(i), m.side, transpose)
		}
		return nil
	})
	for _, name := range []string{"X", "y"} {
		if err == nil && !seen[name] {
			err = fmt.Errorf("the file has no variable %s", name)
		}
	}
	return err
}

// images is how many a variable has, whose data are these.
func (m *mat) images(v *variable) (int, error) {
	side := int32(m.side)
	if v.class != classUint8 || v.kind != matUint8 {
		return 0, errors.New("X is not of type uint8")
	}
	d := v.dims
	if len(d) == 3 {
		d = append(d, 1) // as one image is saved
	}
	if len(d) != 4 || d[0] != side || d[1] != side || d[2] != 3 || d[3] < 1 {
		return 0, fmt.Errorf("X has shape %v, not [%d %d 3 n]", v.dims, side, side)
	}
	if want := int64(d[3]) * 3 * int64(side) * int64(side); v.size != want {
		return 0, fmt.Errorf("X has %d bytes, and its shape makes it %d", v.size, want)
	}
	return int(d[3]), nil
}

// labels reads the variable y, of whatever type of number.
func (m *mat) labels(v *variable, labels []byte) error {
	size, known := matSizes[v.kind]
	if !known || v.size != size*int64(len(labels)) {
		return fmt.Errorf("y has %d bytes of type %d, which are not %d labels", v.size, v.kind, len(labels))
	}
	b := make([]byte, size)
	for i := range labels {
		if _, err := io.ReadFull(v.data, b); err != nil {
			return fmt.Errorf("the labels of y end too early: %w", err)
		}
		label := m.number(v.kind, b)
		if label != math.Trunc(label) || !(label >= 1 && label <= float64(m.classes)) {
			return fmt.Errorf("image %d has label %v; labels are 1 to %d", i, label, m.classes)
		}
		labels[i] = byte(int(label) % m.classes)
	}
	return nil
}

// number is a value of a type of matSizes.
func (m *mat) number(kind uint32, b []byte) float64 {
	switch kind {
	case 1:
		return float64(int8(b[0]))
	case matUint8:
		return float64(b[0])
	case 3:
		return float64(int16(m.order.Uint16(b)))
	case 4:
		return float64(m.order.Uint16(b))
	case 5:
		return float64(int32(m.order.Uint32(b)))
	case 6:
		return float64(m.order.Uint32(b))
	case 7:
		return float64(math.Float32frombits(m.order.Uint32(b)))
	case 9:
		return math.Float64frombits(m.order.Uint64(b))
	case 12:
		return float64(int64(m.order.Uint64(b)))
	}
	return float64(m.order.Uint64(b))
}

// variable is a matrix whose data comes next.
type variable struct {
	name  string
	class byte
	dims  []int32
	kind  uint32 // of the data
	size  int64  // in bytes
	data  io.Reader
}

// variables calls f with each matrix of numbers in a file.
func (m *mat) variables(r io.Reader, f func(*variable) error) error {
	in := bufio.NewReaderSize(r, 1<<18)
	if err := m.header(in); err != nil {
		return err
	}
	unpacked := &limit{reason: "the file unpacks to far more than its images are", left: m.most}
	for {
		kind, size, _, err := m.tag(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return cutShort(err)
		}
		element := io.LimitReader(in, size)
		switch kind {
		case matCompressed:
			zipped, err := zlib.NewReader(element)
			if err != nil {
				return fmt.Errorf("a compressed variable is damaged: %w", err)
			}
			unpacked.r = zipped
			inner := bufio.NewReaderSize(unpacked, 1<<15)
			kind, size, _, err := m.tag(inner)
			if err == nil && kind == matMatrix {
				err = m.matrix(io.LimitReader(inner, size), f)
			}
			if err == nil {
				_, err = io.Copy(io.Discard, inner) // its end has the checksum
			}
			if err != nil {
				return cutShort(err)
			}
		case matMatrix:
			if err := m.matrix(element, f); err != nil {
				return cutShort(err)
			}
		}
		if _, err := io.Copy(io.Discard, element); err != nil {
			return err
		}
	}
}

// cutShort says what the end of a file in the middle of a variable means.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file ends in the middle of a variable: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// header finds the byte order, and refuses other levels.
func (m *mat) header(r io.Reader) error {
	h := make([]byte, matHeader)
	if n, err := io.ReadFull(r, h); err != nil {
		return readError(int64(n), err)
	}
	switch string(h[126:]) {
	case "IM":
		m.order = binary.LittleEndian
	case "MI":
		m.order = binary.BigEndian
	default:
		return &refusal{"this is no MAT-file of level 5", "get the file as it was published, or save it in MATLAB with -v7, or with scipy.io.savemat"}
	}
	switch version := m.order.Uint16(h[124:]); {
	case version == 0x0200 || bytes.HasPrefix(h, []byte("MATLAB 7.3")):
		return &refusal{"this is a MAT-file of version 7.3 (HDF5), which aeprobe does not read", "save it in MATLAB with -v7, or with scipy.io.savemat"}
	case version != 0x0100:
		return &refusal{fmt.Sprintf("this is a MAT-file of version %#x, which aeprobe does not know", version), "save it in MATLAB with -v7, or with scipy.io.savemat"}
	}
	return nil
}

// tag reads the type and size of an element; of a small one, whose data is in
// the tag, also that.
func (m *mat) tag(r io.Reader) (kind uint32, size int64, small []byte, err error) {
	var t [8]byte
	if _, err := io.ReadFull(r, t[:]); err != nil {
		return 0, 0, nil, err
	}
	kind = m.order.Uint32(t[:])
	if size := int64(kind >> 16); size > 0 {
		if size > 4 {
			return 0, 0, nil, fmt.Errorf("a small element of %d bytes", size)
		}
		return kind & 0xffff, size, t[4 : 4+size], nil
	}
	return kind, int64(m.order.Uint32(t[4:])), nil, nil
}

// part reads a whole element of a few numbers, with its padding.
func (m *mat) part(r io.Reader) ([]byte, error) {
	const enough = 256
	_, size, small, err := m.tag(r)
	if err != nil || small != nil {
		return small, err
	}
	if size > enough {
		return nil, fmt.Errorf("a name or shape of %d bytes", size)
	}
	b := make([]byte, (size+7)/8*8)
	_, err = io.ReadFull(r, b)
	return b[:size], err
}

// matrix gives f a matrix, if it is one of numbers; characters, cells and structs
// are passed over.
func (m *mat) matrix(r io.Reader, f func(*variable) error) error {
	flags, err := m.part(r)
	if err != nil {
		return err
	}
	if len(flags) != 8 {
		return errors.New("a variable without flags")
	}
	v := &variable{class: byte(m.order.Uint32(flags))}
	if v.class < 6 || v.class > 15 || m.order.Uint32(flags)&0x0800 != 0 {
		return nil // no numbers, or complex ones
	}
	dims, err := m.part(r)
	if err != nil {
		return err
	}
	for ; len(dims) >= 4; dims = dims[4:] {
		v.dims = append(v.dims, int32(m.order.Uint32(dims)))
	}
	name, err := m.part(r)
	if err != nil {
		return err
	}
	v.name = string(name)
	var small []byte
	if v.kind, v.size, small, err = m.tag(r); err != nil {
		return err
	}
	v.data = io.LimitReader(r, v.size)
	if small != nil {
		v.data = bytes.NewReader(small)
	}
	return f(v)
}
