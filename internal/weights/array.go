package weights

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Array is a dense array in row-major order. The zero Shape is a scalar's.
type Array struct {
	DType DType
	Shape []int
	// Data holds the elements, little endian. Arrays that were read share the
	// memory of their file, and tied weights that of each other: treat it as
	// read-only.
	Data []byte
}

// Float32s is an F32 array with a copy of v, which has as many elements as
// shape says; writing the array fails where it has not.
func Float32s(shape []int, v []float32) Array { return encode(F32, shape, v) }

// Float64s is an F64 array, as Float32s.
func Float64s(shape []int, v []float64) Array { return encode(F64, shape, v) }

// Int64s is an I64 array, as Float32s.
func Int64s(shape []int, v []int64) Array { return encode(I64, shape, v) }

// Bytes is a U8 array, as Float32s.
func Bytes(shape []int, v []byte) Array { return encode(U8, shape, v) }

// Float32s is a copy of the elements. It returns an error where the type is
// not F32, and so do its siblings for their types.
func (a Array) Float32s() ([]float32, error) { return decode[float32](a, F32) }

// Float64s is a copy of the elements of an F64 array.
func (a Array) Float64s() ([]float64, error) { return decode[float64](a, F64) }

// Int64s is a copy of the elements of an I64 array.
func (a Array) Int64s() ([]int64, error) { return decode[int64](a, I64) }

// Bytes is a copy of the elements of a U8 array.
func (a Array) Bytes() ([]byte, error) { return decode[byte](a, U8) }

func encode[T any](dtype DType, shape []int, v []T) Array {
	data := make([]byte, 0, len(v)*dtype.Size())
	// The error is for types without a fixed size.
	data, _ = binary.Append(data, binary.LittleEndian, v)
	return Array{DType: dtype, Shape: slices.Clone(shape), Data: data}
}

func decode[T any](a Array, want DType) ([]T, error) {
	if a.DType != want {
		return nil, fmt.Errorf("the array's type is %s, not %s", a.DType, want)
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	v := make([]T, len(a.Data)/want.Size())
	_, err := binary.Decode(a.Data, binary.LittleEndian, v)
	return v, err
}

// check returns an error where the data is not what type and shape say.
func (a Array) check() error {
	size := a.DType.Size()
	if size == 0 {
		return fmt.Errorf("unknown element type %.20q", a.DType)
	}
	n, err := elements(a.Shape)
	if err != nil {
		return err
	}
	if n > math.MaxInt/size || n*size != len(a.Data) {
		return fmt.Errorf("shape %s of %s does not fit %d bytes of data", shapeString(a.Shape), a.DType, len(a.Data))
	}
	return nil
}

// maxDims is PyTorch's limit.
const maxDims = 64

// elements is the number of elements of a shape.
func elements(shape []int) (int, error) {
	if len(shape) > maxDims {
		return 0, fmt.Errorf("a shape of %d dimensions; at most %d are read", len(shape), maxDims)
	}
	n := 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > math.MaxInt/d {
			return 0, fmt.Errorf("impossible shape %s", shapeString(shape))
		}
		n *= d
	}
	return n, nil
}

// shapeString writes a shape or an index as Python does: [12, 3, 4, 4].
func shapeString(shape []int) string {
	return strings.ReplaceAll(fmt.Sprint(shape), " ", ", ")
}
