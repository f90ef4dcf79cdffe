package pickle

import (
	"fmt"
	"math/big"
)

// Bytes is Python's bytes or bytearray.
type Bytes []byte

// Tuple is Python's tuple.
type Tuple []any

// List is Python's list.
type List struct{ Items []any }

// Callable is a class or function that a pickle may call. It should allocate
// no more than callMemory bytes.
type Callable func(args Tuple) (any, error)

// Builder is an object with a state of its own, which the pickle sets once the
// object is made (Python's __setstate__).
type Builder interface{ SetState(state any) error }

// Opaque stands for a class or function that is not known, and for whatever
// the pickle makes of it: calls give the same Opaque, and arguments, state and
// items are dropped. Nothing is run.
type Opaque struct{ Module, Name string }

// TypeName is the Python name of a decoded value's type, for error messages.
func TypeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case Bytes:
		return "bytes"
	case Tuple:
		return "tuple"
	case *List:
		return "list"
	case *Dict:
		return "dict"
	case Callable, dictClass:
		return "function"
	case *Opaque:
		return fmt.Sprintf("%.100q", v.Module+"."+v.Name)
	}
	return fmt.Sprintf("%T", v)
}
