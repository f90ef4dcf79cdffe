package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aeprobe/internal/atomicfile"
)

const npyMagic = "\x93NUMPY"

// WriteNPY writes a float32 array as numpy.save does, and as atomicfile.Write
// does: the values that the function calls write with, in one piece or many, in
// row-major order of shape.
func WriteNPY(path string, shape []int, values func(write func([]float32) error) error) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		if _, err := w.Write(headerNPY(descriptions[F32], shape)); err != nil {
			return err
		}
		written := 0
		err := values(func(piece []float32) error {
			written += len(piece)
			return binary.Write(w, binary.LittleEndian, piece)
		})
		if err != nil {
			return err
		}
		if n, err := elements(shape); err != nil || n != written {
			return errors.Join(err, fmt.Errorf("%d values do not fill shape %s", written, shapeString(shape)))
		}
		return nil
	})
}

// headerNPY is what comes before the data, elements of the type that descr names.
func headerNPY(descr string, shape []int) []byte {
	dims := ""
	for _, d := range shape {
		dims += strconv.Itoa(d) + ", "
	}
	if len(shape) > 1 {
		dims = strings.TrimSuffix(dims, ", ")
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, strings.TrimSuffix(dims, " "))
	// Spaces and a newline, so that the data begins at a multiple of 64.
	const before = len(npyMagic) + 2 + 2
	header += strings.Repeat(" ", 63-(before+len(header))%64) + "\n"
	start := binary.LittleEndian.AppendUint16([]byte(npyMagic+"\x01\x00"), uint16(len(header)))
	return append(start, header...)
}

// ReadNPY reads a .npy file of float32, little endian and in row-major order.
func ReadNPY(path string) (shape []int, v []float32, err error) {
	b, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	a, err := decodeNPY(b)
	if err == nil {
		v, err = a.Float32s()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return a.Shape, v, nil
}

// The header is a Python dict with exactly these keys.
var (
	npyDict    = regexp.MustCompile(`^\{(?:\s*'(?:descr|fortran_order|shape)':\s*(?:'[^']*'|True|False|\([0-9, ]*\))\s*,?){3}\s*\}\s*$`)
	npyDescr   = regexp.MustCompile(`'descr':\s*'([^']*)'`)
	npyFortran = regexp.MustCompile(`'fortran_order':\s*(True|False)`)
	npyShape   = regexp.MustCompile(`'shape':\s*\(([0-9, ]*)\)`)
)

// decodeNPY reads the content of a .npy file; the array shares its memory.
func decodeNPY(b []byte) (Array, error) {
	header, data, err := splitNPY(b)
	if err != nil {
		return Array{}, err
	}
	if !npyDict.Match(header) {
		return Array{}, errors.New("npy: the header is not that of a plain array")
	}
	descr, fortran, shape := npyDescr.FindSubmatch(header), npyFortran.FindSubmatch(header), npyShape.FindSubmatch(header)
	if descr == nil || fortran == nil || shape == nil {
		return Array{}, errors.New("npy: the header lacks descr, fortran_order or shape")
	}
	if string(descr[1]) != "<f4" || string(fortran[1]) != "False" {
		return Array{}, fmt.Errorf("npy: elements %.20q, fortran_order %s; want \"<f4\", False\n"+
			"write it in Python with numpy.save(path, numpy.ascontiguousarray(a, dtype='<f4'))", descr[1], fortran[1])
	}
	a := Array{DType: F32, Data: data, Shape: []int{}}
	for d := range strings.SplitSeq(string(shape[1]), ",") {
		if d = strings.TrimSpace(d); d == "" {
			continue
		}
		n, err := strconv.Atoi(d)
		if err != nil {
			return Array{}, fmt.Errorf("npy: impossible dimension %.40q", d)
		}
		a.Shape = append(a.Shape, n)
	}
	if err := a.check(); err != nil {
		return Array{}, fmt.Errorf("npy: %w: the file is cut off or damaged", err)
	}
	return a, nil
}

// splitNPY cuts off the magic, version and length that come before the header.
func splitNPY(b []byte) (header, data []byte, err error) {
	if len(b) < 12 || string(b[:6]) != npyMagic {
		return nil, nil, errors.New("npy: not a .npy file")
	}
	var size, start uint64
	switch b[6] {
	case 1:
		size, start = uint64(binary.LittleEndian.Uint16(b[8:])), 10
	case 2, 3:
		size, start = uint64(binary.LittleEndian.Uint32(b[8:])), 12
	default:
		return nil, nil, fmt.Errorf("npy: format version %d; 1 to 3 are read", b[6])
	}
	if size > uint64(len(b))-start {
		return nil, nil, errors.New("npy: the file ends within its header")
	}
	return b[start : start+size], slices.Clip(b[start+size:]), nil
}
