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

// MismatchError says how a file's tensors differ from those wanted.
type MismatchError struct {
	// Where in the file the nearest tensors are, such as `under key "net"`; it
	// is empty at the root.
	Where string
	// Missing and Different have an entry for each tensor wanted, sorted by
	// name. Unexpected has the first few of UnexpectedCount.
	Missing, Different, Unexpected []string
	UnexpectedCount                int
	// Cause is the likely reason, and on a second line what to do. It may be
	// empty.
	Cause string
}

// Error shows the first few of each kind.
func (e *MismatchError) Error() string {
	var b strings.Builder
	b.WriteString("the weights do not fit")
	if e.Where != "" {
		b.WriteString(" (" + e.Where + ")")
	}
	b.WriteString(":")
	line := func(kind string, count int, all []string) {
		if count > 0 {
			fmt.Fprintf(&b, "\n  %d %s: %s", count, kind, list(count, all))
		}
	}
	line("missing", len(e.Missing), e.Missing)
	line("unexpected", e.UnexpectedCount, e.Unexpected)
	line("different", len(e.Different), e.Different)
	if e.Cause != "" {
		b.WriteString("\n" + e.Cause)
	}
	return b.String()
}

// Match returns nil where f holds exactly the tensors wanted, by name, with
// these types and shapes and nothing but finite numbers. Nothing is converted.
// Otherwise it returns a *MismatchError with every missing tensor, every other type or shape, and the index of each tensor's first value
// that is not finite.
func Match(f *File, want map[string]Spec) error {
	e := &MismatchError{}
	var unexpected extras
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if _, ok := f.Tensors[name]; !ok {
			e.Missing = append(e.Missing, fmt.Sprintf("%q (%s)", name, want[name]))
		}
	}
	for _, name := range f.Names() {
		a := f.Tensors[name]
		w, wanted := want[name]
		if !wanted {
			unexpected.add(name, a)
			continue
		}
		var problems []string
		if a.DType != w.DType {
			problems = append(problems, fmt.Sprintf("type %s, want %s", a.DType.torch(), w.DType.torch()))
		}
		if !slices.Equal(a.Shape, w.Shape) {
			problems = append(problems, fmt.Sprintf("shape %s, want %s", shapeString(a.Shape), shapeString(w.Shape)))
		}
		if i := firstNonFinite(a); i >= 0 {
			problems = append(problems, "a value that is not finite at "+shapeString(index(a.Shape, i)))
		}
		if problems != nil {
			e.Different = append(e.Different, fmt.Sprintf("%q: %s", name, strings.Join(problems, "; ")))
		}
	}
	e.Unexpected, e.UnexpectedCount = unexpected.first, unexpected.count
	if e.Missing == nil && e.Unexpected == nil && e.Different == nil {
		return nil
	}
	return e
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
