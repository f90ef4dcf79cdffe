// Package pickle decodes Python pickles that hold plain data.
//
// A pickle is a program for a small stack machine, and in Python that program
// may import and call anything. Here it reaches only what Decoder's two
// functions give it, so reading a hostile pickle ends in an error. The rules:
//
//   - Nothing that the pickle names is run.
//   - Nothing panics or recurses, and each instruction takes a time in
//     proportion to the bytes that it reads or the memory that it takes.
//   - All objects together take at most baseMemory + memoryPerByte bytes for
//     each byte of input. What allocates says so first, with spend.
//
// Protocols 0 to 5 are read, except for extension codes, out-of-band buffers
// and persistent ids written as text.
package pickle

import "fmt"

// The most memory that a pickle's objects may take in all, freed or not. A
// list of floats takes about 5 bytes for each of its pickle's, a list of bools
// up to 80.
var baseMemory = 64 << 20 // less in tests

const memoryPerByte = 20

// A Decoder decodes pickles. The zero Decoder knows only plain values and
// collections.OrderedDict.
type Decoder struct {
	// Find returns what a pickle may know by the given name: a Callable, an
	// *Opaque, or a value. Its error says that the name is refused. Where Find
	// is nil, every name is.
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
//	*Opaque                      set, frozenset
//
// or what Find, a Callable or Persistent returned. As in Python, one object can
// be in several places, itself included: walk a value only to a known depth,
// and never print it whole.
func (d Decoder) Decode(in []byte) (value any, n int, err error) {
	m := machine{Decoder: d, in: in, left: baseMemory + memoryPerByte*len(in)}
	for {
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
}
