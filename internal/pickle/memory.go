package pickle

import (
	"fmt"
	"slices"
	"unsafe"
)

// What objects take, in bytes: a little more than the allocator's sizes.
const (
	scalarMemory = 16   // an int, a float, a slice's header
	dictMemory   = 48   // an empty dict
	listMemory   = 32   // an empty list
	nameMemory   = 64   // an Opaque, or what Find returns
	callMemory   = 1024 // what a Callable may make
	stringMemory = 40   // a str, beside its bytes
)

// spend takes n bytes from what the pickle's objects may still have.
func (m *machine) spend(n int) error {
	if n > m.left {
		return fmt.Errorf("its objects take more than %d MB, far more than plain data of %d bytes does",
			(baseMemory+memoryPerByte*len(m.in))>>20, len(m.in))
	}
	m.left -= n
	return nil
}

// grown is s with room for n more items, twice as much when it has to grow.
func grown[T any](m *machine, s []T, n int) ([]T, error) {
	if len(s)+n <= cap(s) {
		return s, nil
	}
	room := max(n, len(s))
	var item T
	if err := m.spend((len(s) + room) * int(unsafe.Sizeof(item)) * 9 / 8); err != nil {
		return nil, err
	}
	return slices.Grow(s, room), nil
}

// copied is a tuple of the given items.
func (m *machine) copied(items []any) (Tuple, error) {
	const item = int(unsafe.Sizeof(any(nil)))
	if err := m.spend(2*scalarMemory + len(items)*item*9/8); err != nil {
		return nil, err
	}
	return slices.Clone(items), nil
}
