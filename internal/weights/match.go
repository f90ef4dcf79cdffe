package weights

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Spec is what an array should be.
type Spec struct {
	DType DType
	Shape []int
}

// MismatchError lists everything that is wrong with a file's tensors.
type MismatchError struct {
	// Problems are one line each, sorted by tensor.
	Problems []string
}

func (e *MismatchError) Error() string {
	return "the weights do not fit:\n  " + strings.Join(e.Problems, "\n  ")
}

// Match returns nil where f holds exactly the tensors wanted, by name, with
// these types and shapes and nothing but finite numbers. Otherwise it returns a
// *MismatchError with every missing and unexpected tensor, every other type or
// shape, and the index of each tensor's first value that is not finite.
func Match(f *File, want map[string]Spec) error {
	var problems []string
	add := func(name, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%q: ", name)+fmt.Sprintf(format, args...))
	}
	names := maps.Clone(f.Tensors)
	for name := range want {
		if _, ok := names[name]; !ok {
			names[name] = Array{}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, found := f.Tensors[name]
		w, wanted := want[name]
		if !found {
			add(name, "missing (%s %s)", w.DType, shapeString(w.Shape))
			continue
		}
		if !wanted {
			add(name, "unexpected (%s %s)", a.DType, shapeString(a.Shape))
			continue
		}
		if a.DType != w.DType {
			add(name, "type %s, want %s", a.DType, w.DType)
		}
		if !slices.Equal(a.Shape, w.Shape) {
			add(name, "shape %s, want %s", shapeString(a.Shape), shapeString(w.Shape))
		}
		if i := firstNonFinite(a); i >= 0 {
			add(name, "a value that is not finite at %s", shapeString(index(a.Shape, i)))
		}
	}
	if problems == nil {
		return nil
	}
	return &MismatchError{problems}
}

// firstNonFinite is the number of the first infinity or NaN, -1 where there is
// none: the exponent's bits are all set.
func firstNonFinite(a Array) int {
	le := binary.LittleEndian
	size := a.DType.Size()
	for i := 0; size > 0 && (i+1)*size <= len(a.Data); i++ {
		b := a.Data[i*size:]
		var exponent, bits uint64
		switch a.DType {
		case F16:
			exponent, bits = 0x7c00, uint64(le.Uint16(b))
		case BF16:
			exponent, bits = 0x7f80, uint64(le.Uint16(b))
		case F32:
			exponent, bits = 0x7f800000, uint64(le.Uint32(b))
		case F64:
			exponent, bits = 0x7ff0000000000000, le.Uint64(b)
		default:
			return -1
		}
		if bits&exponent == exponent {
			return i
		}
	}
	return -1
}

// index is the place of the i-th element, counted in row-major order.
func index(shape []int, i int) []int {
	at := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		at[d] = i % shape[d]
		i /= shape[d]
	}
	return at
}
