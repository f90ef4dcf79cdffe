package weights

import (
	"errors"
	"fmt"
	"slices"

	"aeprobe/internal/pickle"
)

// storage is a run of elements that tensors are views of. The pickle only
// refers to it; the bytes are elsewhere in the file.
type storage struct {
	key      string
	dtype    DType
	elements int
}

// storageTypes are the classes of torch that say a storage's type.
var storageTypes = map[string]DType{
	"BoolStorage":     Bool,
	"ByteStorage":     U8,
	"CharStorage":     I8,
	"ShortStorage":    I16,
	"IntStorage":      I32,
	"LongStorage":     I64,
	"HalfStorage":     F16,
	"BFloat16Storage": BF16,
	"FloatStorage":    F32,
	"DoubleStorage":   F64,
}

// unpickler decodes the pickle of a state_dict.
type unpickler struct {
	// storages met so far, by key.
	storages map[string]storage
}

func (u *unpickler) decode(b []byte) (root any, n int, err error) {
	u.storages = map[string]storage{}
	return pickle.Decoder{Find: find, Persistent: u.persistent}.Decode(b)
}

// find knows the functions and classes that a state_dict is made of.
func find(module, name string) (any, error) {
	switch module {
	case "torch", "torch.cuda":
		if dtype, ok := storageTypes[name]; ok {
			return dtype, nil
		}
	case "torch._utils":
		switch name {
		case "_rebuild_tensor", "_rebuild_tensor_v2":
			return pickle.Callable(rebuildTensor), nil
		case "_rebuild_parameter":
			return pickle.Callable(rebuildParameter), nil
		}
	}
	return nil, fmt.Errorf("the file wants %.100q of Python's module %.100q, which no state_dict needs"+remedy, name, module)
}

// maxStorageKey is the length of the longest storage key taken, in bytes.
const maxStorageKey = 256

// persistent makes a storage of ("storage", class, key, location, elements); a
// legacy file adds a view, which PyTorch has left None since 2017.
func (u *unpickler) persistent(id any) (any, error) {
	t, _ := id.(pickle.Tuple)
	if len(t) < 5 || len(t) > 6 || t[0] != "storage" || len(t) == 6 && t[5] != nil {
		return nil, errors.New("a persistent id that is not a whole storage's")
	}
	dtype, ok1 := t[1].(DType)
	key, ok2 := t[2].(string)
	n, ok3 := t[4].(int64)
	if !ok1 || !ok2 || !ok3 || n < 0 {
		return nil, errors.New("a storage without a type, key or size")
	}
	// PyTorch's keys are numbers. A pickle may name a long one again and
	// again, and each look-up reads all of it.
	if len(key) > maxStorageKey {
		return nil, fmt.Errorf("a storage's key of %d bytes", len(key))
	}
	s := storage{key: key, dtype: dtype, elements: int(n)}
	if met, ok := u.storages[key]; ok && met != s {
		return nil, fmt.Errorf("storage %.100q has two types or sizes", key)
	}
	u.storages[key] = s
	return s, nil
}

// rebuildTensor takes (storage, offset, size, stride), and in its second
// version (..., requires_grad, hooks[, metadata]).
func rebuildTensor(args pickle.Tuple) (any, error) {
	if len(args) != 4 && len(args) != 6 && len(args) != 7 {
		return nil, fmt.Errorf("a tensor made of %d arguments", len(args))
	}
	if len(args) == 7 && args[6] != nil {
		// Flags of lazily negated or conjugated memory.
		if flags, ok := args[6].(*pickle.Dict); !ok || len(flags.Items) > 0 {
			return nil, errors.New("a lazily negated or conjugated tensor\nsave tensor.resolve_neg() in its place")
		}
	}
	s, ok1 := args[0].(storage)
	offset, ok2 := args[1].(int64)
	shape, ok3 := ints(args[2])
	stride, ok4 := ints(args[3])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil, errors.New("a tensor without a storage, offset, size or stride")
	}
	return &tensor{storage: s, offset: int(offset), shape: shape, stride: stride}, nil
}

func ints(v any) ([]int, bool) {
	t, ok := v.(pickle.Tuple)
	if !ok || len(t) > maxDims {
		return nil, false
	}
	n := make([]int, 0, len(t))
	for _, item := range t {
		i, ok := item.(int64)
		if !ok {
			return nil, false
		}
		n = append(n, int(i))
	}
	return slices.Clip(n), true
}

// rebuildParameter takes (tensor, requires_grad, hooks).
func rebuildParameter(args pickle.Tuple) (any, error) {
	if len(args) != 3 {
		return nil, fmt.Errorf("a parameter made of %d arguments", len(args))
	}
	t, ok := args[0].(*tensor)
	if !ok {
		return nil, fmt.Errorf("a parameter made of a %s", typeName(args[0]))
	}
	return t, nil
}
