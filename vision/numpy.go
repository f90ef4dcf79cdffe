package vision

import (
	"errors"
	"fmt"

	"aeprobe/internal/pickle"
)

// ndarray is a numpy array of uint8.
type ndarray struct {
	shape   []int64
	fortran bool // the first index runs fastest
	// data is a pickle.Bytes, or the string that python 2 wrote.
	data any
}

// dtype is a numpy element type, by its name: "u1".
type dtype string

// numpy gives a pickle what it needs to make one array, and nothing else.
type numpy struct {
	// left is how many more bytes the pickle may encode: it can name one
	// string again and again.
	left int
}

// decodeNumpy decodes a pickle of plain data and uint8 arrays.
func decodeNumpy(in []byte) (value any, n int, err error) {
	np := &numpy{left: len(in)}
	return pickle.Decoder{Find: np.find}.Decode(in)
}

// find knows the names that numpy 1 and 2 and python 2 and 3 use for an array.
func (np *numpy) find(module, name string) (any, error) {
	switch module {
	case "numpy":
		switch name {
		case "ndarray":
			return nil, nil // only ever an argument of _reconstruct
		case "dtype":
			return pickle.Callable(newDtype), nil
		}
	case "numpy.core.multiarray", "numpy._core.multiarray":
		if name == "_reconstruct" {
			return pickle.Callable(reconstruct), nil
		}
	case "numpy.core.numeric", "numpy._core.numeric":
		if name == "_frombuffer" {
			return pickle.Callable(fromBuffer), nil
		}
	case "_codecs":
		if name == "encode" {
			return pickle.Callable(np.encode), nil
		}
	case "builtins", "__builtin__":
		if name == "bytes" {
			return pickle.Callable(noBytes), nil
		}
	}
	return nil, fmt.Errorf("the file wants %.100q of Python's module %.100q, which no batch of images needs", name, module)
}

// newDtype takes (name, align, copy).
func newDtype(args pickle.Tuple) (any, error) {
	if len(args) > 0 {
		if name, ok := text(args[0]); ok {
			d := dtype(name)
			return &d, nil
		}
	}
	return nil, errors.New("an element type without a name")
}

// SetState takes (version, byte order, ...), which single bytes do not need.
func (d *dtype) SetState(any) error { return nil }

// reconstruct makes the array that SetState fills; its arguments are those of
// an empty one.
func reconstruct(pickle.Tuple) (any, error) { return &ndarray{}, nil }

// SetState takes (version, shape, element type, fortran, data).
func (a *ndarray) SetState(state any) error {
	s, ok := state.(pickle.Tuple)
	if !ok || len(s) != 5 {
		return errors.New("a state that is not an array's")
	}
	switch fortran := s[3].(type) {
	case bool:
		a.fortran = fortran
	case int64:
		a.fortran = fortran != 0
	default:
		return errors.New("an array without an order")
	}
	return a.fill(s[4], s[2], s[1])
}

// fromBuffer takes (data, element type, shape, order).
func fromBuffer(args pickle.Tuple) (any, error) {
	if len(args) != 4 {
		return nil, fmt.Errorf("an array made of %d arguments", len(args))
	}
	order, ok := text(args[3])
	if !ok || order != "C" && order != "F" {
		return nil, errors.New("an array without an order")
	}
	a := &ndarray{fortran: order == "F"}
	return a, a.fill(args[0], args[1], args[2])
}

func (a *ndarray) fill(data, kind, shape any) error {
	if d, ok := kind.(*dtype); !ok || *d != "u1" && *d != "uint8" {
		return errors.New("an array whose elements are not uint8")
	}
	sizes, ok := shape.(pickle.Tuple)
	if !ok || len(sizes) > 8 {
		return errors.New("an array without a shape")
	}
	a.shape = nil
	for _, s := range sizes {
		n, ok := s.(int64)
		if !ok {
			return errors.New("an array without a shape")
		}
		a.shape = append(a.shape, n)
	}
	switch data.(type) {
	case pickle.Bytes, string:
		a.data = data
		return nil
	}
	return fmt.Errorf("an array whose data is a %s", pickle.TypeName(data))
}

// encode takes (text, "latin1"): how python 3 writes bytes under protocol 2,
// each as the character of its number.
func (np *numpy) encode(args pickle.Tuple) (any, error) {
	if len(args) != 2 || args[1] != "latin1" {
		return nil, errors.New("an encoding other than latin1")
	}
	s, ok := args[0].(string)
	if !ok {
		return nil, fmt.Errorf("bytes made of a %s", pickle.TypeName(args[0]))
	}
	if np.left -= len(s); np.left < 0 {
		return nil, errors.New("a string that is encoded more than once")
	}
	b := make(pickle.Bytes, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return nil, errors.New("a string that is not latin1")
		}
		b = append(b, byte(r))
	}
	return b, nil
}

// noBytes takes (): how python 3 writes b"" under protocol 2.
func noBytes(args pickle.Tuple) (any, error) {
	if len(args) != 0 {
		return nil, errors.New("bytes made of arguments")
	}
	return pickle.Bytes(nil), nil
}

// text is a short str of python 2 or 3, or bytes. A long one, named again and
// again, would be copied each time.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, len(v) <= 16
	case pickle.Bytes:
		if len(v) <= 16 {
			return string(v), true
		}
	}
	return "", false
}
