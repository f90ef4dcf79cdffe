// Package pickle decodes Python pickles that hold plain data.
//
// A pickle is a program for a small stack machine, and in Python that program
// may import and call anything. Here it can reach only what Decoder's two
// functions give it, so reading a hostile pickle ends in an error: it never
// runs code, panics or recurses, it takes at most maxOps steps, and beyond the
// strings, whose bytes are in the input, it allocates at most about 100 MB in
// all, for half a million instructions that each make an object.
//
// Protocols 2 to 5 are read, less what data files have no use for: sets,
// extension codes, out-of-band buffers and the text instructions of protocol 0.
package pickle

import (
	"errors"
	"fmt"
)

// maxOps is the most instructions a pickle may have. The state of a network
// takes about 20 for each tensor, a list about 2 for each of its items.
const maxOps = 1 << 19

// A Decoder decodes pickles. The zero Decoder knows only plain values and
// collections.OrderedDict.
type Decoder struct {
	// Find returns what a pickle may know by the given name, usually a
	// Callable. Its error says that the name is refused. Where Find is nil,
	// every name is.
	Find func(module, name string) (any, error)
	// Persistent returns the object that a persistent id stands for. Where
	// Persistent is nil, every one is refused.
	Persistent func(id any) (any, error)
}

// Decode decodes the pickle that in begins with. It returns its value and the
// number of bytes read; what follows them is not looked at.
//
// The value is one of
//
//	nil, bool, float64           None, bool, float
//	int64, *big.Int              int; the latter beyond 64 bits
//	string                       str, valid UTF-8; and Python 2's str, any bytes
//	Bytes                        bytes, bytearray; a part of in, not a copy
//	Tuple, *List, *Dict          tuple; list; dict and OrderedDict
//
// or what Find, a Callable or Persistent returned. As in Python, one object can
// be in several places, itself included: walk a value only to a known depth,
// and never print it whole.
func (d Decoder) Decode(in []byte) (value any, n int, err error) {
	m := machine{Decoder: d, in: in, memo: map[uint32]any{}}
	for range maxOps {
		at := m.pos
		op, err := m.byte()
		if err == nil {
			if op == opStop {
				value, err = m.pop()
				return value, m.pos, err
			}
			err = m.step(op)
		}
		if err != nil {
			return nil, at, fmt.Errorf("pickle: byte %d: %w", at, err)
		}
	}
	return nil, m.pos, fmt.Errorf("pickle: more than %d instructions", maxOps)
}

// find is Find and the one class that is plain data.
func (m *machine) find(module, name string) (any, error) {
	if module == "collections" && name == "OrderedDict" {
		return Callable(orderedDict), nil
	}
	if m.Find == nil {
		return nil, fmt.Errorf("refused to load %q of module %q: only plain data is read", name, module)
	}
	return m.Find(module, name)
}

func orderedDict(args Tuple) (any, error) {
	if len(args) != 0 {
		return nil, errors.New("OrderedDict is read only where it is made empty")
	}
	return &Dict{}, nil
}
