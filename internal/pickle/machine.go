package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// machine is the state of one decoding.
type machine struct {
	Decoder
	in    []byte
	pos   int
	left  int // bytes that objects may still take
	stack []any
	// marks are the stack's heights where MARK was met; what is below the last
	// one is out of reach until it is popped.
	marks []int
	memo
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

// line reads up to a newline, which is dropped. What it spends is enough for
// the caller to decode the text as well.
func (m *machine) line() (string, error) {
	n := bytes.IndexByte(m.in[m.pos:], '\n')
	if n < 0 {
		return "", errors.New("the pickle ends within a line")
	}
	if err := m.spend(stringMemory + 6*n); err != nil {
		return "", err
	}
	s := string(m.in[m.pos : m.pos+n])
	m.pos += n + 1
	return s, nil
}

func (m *machine) push(v any) error {
	stack, err := grown(m, m.stack, 1)
	if err != nil {
		return err
	}
	m.stack = append(stack, v)
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

// drop is POP, which pops a mark where one is on top.
func (m *machine) drop() error {
	if len(m.marks) > 0 && len(m.stack) == m.floor() {
		m.marks = m.marks[:len(m.marks)-1]
		return nil
	}
	_, err := m.pop()
	return err
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
