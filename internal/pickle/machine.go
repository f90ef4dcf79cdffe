package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"unicode/utf8"
)

// machine is the state of one decoding.
type machine struct {
	Decoder
	in    []byte
	pos   int
	stack []any
	// marks are the stack's heights where MARK was met; what is below the last
	// one is out of reach until it is popped.
	marks []int
	memo  map[uint32]any
}

func (m *machine) byte() (byte, error) {
	b, err := m.bytes(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// bytes returns the next n bytes of the input.
func (m *machine) bytes(n uint64) ([]byte, error) {
	if left := uint64(len(m.in) - m.pos); n > left {
		return nil, fmt.Errorf("the pickle ends early: %d bytes wanted, %d left", n, left)
	}
	b := m.in[m.pos : m.pos+int(n) : m.pos+int(n)]
	m.pos += int(n)
	return b, nil
}

// uint reads a little-endian unsigned integer of the given number of bytes, at
// most 8.
func (m *machine) uint(size int) (uint64, error) {
	b, err := m.bytes(uint64(size))
	if err != nil {
		return 0, err
	}
	var full [8]byte
	copy(full[:], b)
	return binary.LittleEndian.Uint64(full[:]), nil
}

// counted reads a length of the given number of bytes, then as many bytes as
// it says.
func (m *machine) counted(size int) ([]byte, error) {
	n, err := m.uint(size)
	if err != nil {
		return nil, err
	}
	return m.bytes(n)
}

// text is counted for UTF-8.
func (m *machine) text(size int) (string, error) {
	b, err := m.counted(size)
	if err == nil && !utf8.Valid(b) {
		err = errors.New("a str that is not valid UTF-8")
	}
	return string(b), err
}

// line reads up to a newline, which is dropped.
func (m *machine) line() (string, error) {
	n := slices.Index(m.in[m.pos:], '\n')
	if n < 0 {
		return "", errors.New("the pickle ends within a name")
	}
	s := string(m.in[m.pos : m.pos+n])
	m.pos += n + 1
	return s, nil
}

func (m *machine) push(v any) error {
	m.stack = append(m.stack, v)
	return nil
}

func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

func (m *machine) top() (any, error) {
	if len(m.stack) == m.floor() {
		return nil, errors.New("the stack is empty")
	}
	return m.stack[len(m.stack)-1], nil
}

func (m *machine) pop() (any, error) {
	v, err := m.top()
	if err == nil {
		m.stack = m.stack[:len(m.stack)-1]
	}
	return v, err
}

// popMark pops everything above the last mark, and the mark. The values are
// valid until the next push.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errors.New("no mark on the stack")
	}
	at := m.floor()
	items := m.stack[at:]
	m.stack = m.stack[:at]
	m.marks = m.marks[:len(m.marks)-1]
	return items, nil
}

// popN pops the n topmost values. They are valid until the next push.
func (m *machine) popN(n int) ([]any, error) {
	at := len(m.stack) - n
	if at < m.floor() {
		return nil, errors.New("the stack is empty")
	}
	items := m.stack[at:]
	m.stack = m.stack[:at]
	return items, nil
}

// integer decodes a little-endian two's complement number, as LONG1 has it.
func integer(b []byte) any {
	if len(b) == 0 {
		return int64(0)
	}
	negative := b[len(b)-1]&0x80 != 0
	if len(b) <= 8 {
		var full [8]byte
		if negative {
			full = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
		}
		copy(full[:], b)
		return int64(binary.LittleEndian.Uint64(full[:]))
	}
	big1 := slices.Clone(b)
	slices.Reverse(big1)
	n := new(big.Int).SetBytes(big1)
	if negative {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}
