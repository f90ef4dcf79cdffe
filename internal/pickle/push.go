package pickle

import (
	"encoding/binary"
	"errors"
	"math/big"
	"slices"
	"unicode/utf8"
)

// Each of these pushes a value of what was just read, if err is nil.

func pushed[T any](m *machine, v T, err error) error {
	if err != nil {
		return err
	}
	return m.push(v)
}

// scalar pushes what takes no more than scalarMemory beside its place on the
// stack.
func (m *machine) scalar(v any, err error) error {
	if err == nil {
		err = m.spend(2 * scalarMemory)
	}
	return pushed(m, v, err)
}

// str pushes a copy of the bytes.
func (m *machine) str(b []byte, err error) error {
	if err == nil {
		err = m.spend(stringMemory + len(b)*5/4)
	}
	if err != nil {
		return err
	}
	return m.push(string(b))
}

// unicode reads a length of the given number of bytes, then UTF-8.
func (m *machine) unicode(size int) error {
	b, err := m.counted(size)
	if err == nil && !utf8.Valid(b) {
		err = errors.New("a str that is not valid UTF-8")
	}
	return m.str(b, err)
}

// integer pushes a little-endian two's complement number.
func (m *machine) integer(b []byte, err error) error {
	if err != nil {
		return err
	}
	if len(b) <= 8 {
		var full [8]byte
		if len(b) > 0 && b[len(b)-1]&0x80 != 0 {
			full = [8]byte{255, 255, 255, 255, 255, 255, 255, 255}
		}
		copy(full[:], b)
		return m.scalar(int64(binary.LittleEndian.Uint64(full[:])), nil)
	}
	if err := m.spend(8*stringMemory + 8*len(b)); err != nil {
		return err
	}
	negative := b[len(b)-1]&0x80 != 0
	reversed := slices.Clone(b)
	slices.Reverse(reversed)
	n := new(big.Int).SetBytes(reversed)
	if negative {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return m.push(n)
}

func (m *machine) tuple(items []any, err error) error {
	if err != nil {
		return err
	}
	t, err := m.copied(items)
	if t == nil {
		t = Tuple{}
	}
	return pushed(m, t, err)
}

func (m *machine) list(items []any, err error) error {
	if err == nil {
		err = m.spend(listMemory)
	}
	if err != nil {
		return err
	}
	t, err := m.copied(items)
	return pushed(m, &List{Items: t}, err)
}

func (m *machine) dict(items []any, err error) error {
	if err == nil {
		err = m.spend(dictMemory)
	}
	if err != nil {
		return err
	}
	d := &Dict{}
	return pushed(m, d, m.setAll(d, items))
}
