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

// Callable is a class or function that a pickle may call.
type Callable func(args Tuple) (any, error)

// Builder is an object with a state of its own, which the pickle sets once the
// object is made (Python's __setstate__).
type Builder interface{ SetState(state any) error }

// Item is one entry of a Dict.
type Item struct{ Key, Value any }

// Dict is Python's dict, in the order its keys were first set. Attributes of an
// OrderedDict, such as a state_dict's _metadata, are dropped. A key of bytes
// becomes the string of these bytes, as Python 2's str is one. The zero Dict is
// empty.
type Dict struct {
	Items []Item
	index map[any]int
}

// Get returns the value of a key, which is a string, an int64, a bool or nil.
func (d *Dict) Get(key any) (value any, ok bool) {
	if !isKey(key) {
		return nil, false
	}
	i, ok := d.index[key]
	if !ok {
		return nil, false
	}
	return d.Items[i].Value, true
}

// maxName is the longest key or name, in bytes. One long string can be used
// again and again, and each use would copy or hash all of it.
const maxName = 1 << 12

func (d *Dict) set(key, value any) error {
	switch k := key.(type) {
	case Bytes:
		if len(k) > maxName {
			return fmt.Errorf("a dict's key of %d bytes", len(k))
		}
		key = string(k)
	case string:
		if len(k) > maxName {
			return fmt.Errorf("a dict's key of %d bytes", len(k))
		}
	}
	if !isKey(key) {
		return fmt.Errorf("a %s as a dict's key is not supported", TypeName(key))
	}
	if i, ok := d.index[key]; ok {
		d.Items[i].Value = value
		return nil
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	d.index[key] = len(d.Items)
	d.Items = append(d.Items, Item{key, value})
	return nil
}

func isKey(v any) bool {
	switch v.(type) {
	case nil, bool, int64, string:
		return true
	}
	return false
}

// TypeName is the Python name of a decoded value's type, for error messages.
func TypeName(v any) string {
	switch v.(type) {
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
	case Callable:
		return "function"
	}
	return fmt.Sprintf("%T", v)
}
