package vision

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// This file reads the pickles that CIFAR-10's python batches are: a dict of
// strings, integers, lists and one numpy array. A general reader (gopickle)
// allocates whatever length a damaged file claims and builds whatever it
// names. This one knows the opcodes that python 2 and 3 write for such a
// dict, protocols 2 to 5, and the six names in numpy.go; anything else ends
// the reading.
//
// Strings are parts of the input, never copies. Everything else a pickle can
// make costs one of maxOps opcodes, so a hostile one gets a few MB and
// milliseconds.

// maxOps is eight times what an official batch has.
const maxOps = 1 << 18

// The values of a pickle are nil, bool and these.
type (
	integer struct {
		value int64
		at    int // byte of its opcode
	}
	text []byte // UTF-8
	list struct{ items []any }
	// tuple and global name are as in python.
	tuple  []any
	global string
	// dict keeps its items in order: keys and values in turn.
	dict struct{ items []any }
	// blob is python's bytes, bytearray, or the str of python 2.
	blob []byte
)

// unpickler is python's pickle machine.
type unpickler struct {
	in    []byte
	pos   int
	at    int // byte of the opcode under way
	stack []any
	marks []int // heights of the stack
	memo  map[uint32]any
	// encoded counts the bytes made by _codecs.encode: a memoized string can
	// be encoded again and again.
	encoded int
}

// unpickle reads one pickle that fills the input.
func unpickle(in []byte) (any, error) {
	u := &unpickler{in: in, memo: map[uint32]any{}}
	for range maxOps {
		u.at = u.pos
		op, err := u.take(1)
		if err != nil {
			return nil, err
		}
		if op[0] != opStop {
			if err := u.step(op[0]); err != nil {
				return nil, err
			}
			continue
		}
		v, err := u.pop()
		if err == nil && u.pos != len(in) {
			err = &damage{int64(u.pos), "the file goes on after the end of its pickle"}
		}
		return v, err
	}
	return nil, u.fault("the pickle has more than %d parts; a batch has far fewer", maxOps)
}

func (u *unpickler) fault(format string, args ...any) error {
	return &damage{int64(u.at), fmt.Sprintf(format, args...)}
}

// take is the next n bytes of the input.
func (u *unpickler) take(n uint64) ([]byte, error) {
	if left := uint64(len(u.in) - u.pos); n > left {
		return nil, u.fault("the pickle wants %d more bytes and %d are left", n, left)
	}
	b := u.in[u.pos : u.pos+int(n) : u.pos+int(n)]
	u.pos += int(n)
	return b, nil
}

// number takes a little-endian number of 1 to 8 bytes.
func (u *unpickler) number(bytes int) (uint64, error) {
	b, err := u.take(uint64(bytes))
	if err != nil {
		return 0, err
	}
	var whole [8]byte
	copy(whole[:], b)
	return binary.LittleEndian.Uint64(whole[:]), nil
}

// counted takes a length of 1 to 8 bytes and that many bytes.
func (u *unpickler) counted(bytes int) ([]byte, error) {
	n, err := u.number(bytes)
	if err != nil {
		return nil, err
	}
	return u.take(n)
}

// line takes the bytes before the next newline.
func (u *unpickler) line() ([]byte, error) {
	const longest = 256
	rest := u.in[u.pos:min(len(u.in), u.pos+longest)]
	n := bytes.IndexByte(rest, '\n')
	if n < 0 {
		return nil, u.fault("the pickle has a name without an end")
	}
	b, err := u.take(uint64(n) + 1)
	return b[:n], err
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

// floor is the height of the stack that is out of reach until the last mark
// is gone.
func (u *unpickler) floor() int {
	if len(u.marks) == 0 {
		return 0
	}
	return u.marks[len(u.marks)-1]
}

func (u *unpickler) pop() (any, error) {
	v, err := u.popN(1)
	if err != nil {
		return nil, err
	}
	return v[0], nil
}

// popN takes the n values on top. The slice is good until the next push.
func (u *unpickler) popN(n int) ([]any, error) {
	top := len(u.stack) - n
	if top < u.floor() {
		return nil, u.fault("the pickle uses a value that is not there")
	}
	v := u.stack[top:]
	u.stack = u.stack[:top]
	return v, nil
}

// popMark takes the values above the last mark, and the mark. The slice is
// good until the next push.
func (u *unpickler) popMark() ([]any, error) {
	if len(u.marks) == 0 {
		return nil, u.fault("the pickle uses a mark that is not there")
	}
	height := u.floor()
	u.marks = u.marks[:len(u.marks)-1]
	v := u.stack[height:]
	u.stack = u.stack[:height]
	return v, nil
}

// top is the value on top, which stays there.
func (u *unpickler) top() (any, error) {
	if len(u.stack) == u.floor() {
		return nil, u.fault("the pickle uses a value that is not there")
	}
	return u.stack[len(u.stack)-1], nil
}

// lookUp is the value of a string key, nil where there is none.
func (d *dict) lookUp(key string) any {
	for i := 0; i+1 < len(d.items); i += 2 {
		if k, ok := stringOf(d.items[i]); ok && k == key {
			return d.items[i+1]
		}
	}
	return nil
}

// stringOf is the short string that python 2 or 3 wrote in its own way.
func stringOf(v any) (string, bool) {
	var b []byte
	switch v := v.(type) {
	case text:
		b = v
	case blob:
		b = v
	}
	if b == nil || len(b) > 256 {
		return "", false
	}
	return string(b), true
}
