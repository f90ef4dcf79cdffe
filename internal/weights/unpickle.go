package weights

import (
	"errors"
	"fmt"
	"math"

	"aeprobe/internal/pickle"
)

// unpickler decodes the pickles of torch.save. It knows what dense tensors are
// made of; every other class and function becomes a pickle.Opaque.
type unpickler struct {
	// storages met so far, by key, whole.
	storages map[string]*view
}

func (u *unpickler) decode(b []byte) (root any, n int, err error) {
	u.storages = map[string]*view{}
	return pickle.Decoder{Find: find, Persistent: u.persistent}.Decode(b)
}

// storageClass is a class of storages.
type storageClass struct {
	name  string
	dtype DType
}

func find(module, name string) (any, error) {
	switch module {
	case "torch", "torch.cuda", "torch.storage":
		if name == "UntypedStorage" {
			return storageClass{name, U8}, nil
		}
		if dtype, ok := storageTypes[name]; ok {
			return storageClass{name, dtype}, nil
		}
		if dtype, ok := torchTypes[name]; ok {
			return dtype, nil
		}
		if name == "Size" {
			return pickle.Callable(size), nil
		}
	case "torch._utils":
		switch name {
		case "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3":
			return pickle.Callable(rebuildTensor), nil
		case "_rebuild_parameter", "_rebuild_parameter_with_state":
			return pickle.Callable(rebuildParameter), nil
		}
	case "torch.nn.parameter", "torch.autograd.variable":
		if name == "Parameter" || name == "Buffer" || name == "Variable" {
			return pickle.Callable(rebuildParameter), nil
		}
	case "torch._tensor":
		if name == "_rebuild_from_type_v2" {
			return pickle.Callable(rebuildFromType), nil
		}
	case "collections":
		if name == "defaultdict" || name == "Counter" {
			return pickle.Callable(emptyDict), nil
		}
	case "copyreg", "copy_reg":
		if name == "_reconstructor" {
			return pickle.Callable(reconstructor), nil
		}
	}
	return &pickle.Opaque{Module: module, Name: name}, nil
}

// maxStorageKey is the length of the longest storage key taken, in bytes.
const maxStorageKey = 256

// persistent makes a view of ("storage", class, key, location, elements). A
// legacy file adds a view: None, or before PyTorch 0.4 (key, offset, elements).
// The location, "cpu" or "cuda:1", says where PyTorch would put it.
func (u *unpickler) persistent(id any) (any, error) {
	t, _ := id.(pickle.Tuple)
	if len(t) > 1 && t[0] == "module" {
		return t[1], nil // a class, with its source
	}
	if len(t) < 5 || len(t) > 6 || t[0] != "storage" {
		return nil, errors.New("a persistent id that is not a storage's")
	}
	class, err := classOf(t[1])
	if err != nil {
		return nil, err
	}
	key, ok1 := t[2].(string)
	n, ok2 := t[4].(int64)
	if !ok1 || !ok2 || n < 0 || n > math.MaxInt/maxWidth {
		return nil, errors.New("a storage without a key or size")
	}
	// PyTorch's keys are numbers. A pickle may name a long one again and
	// again, and each look-up reads all of it.
	if len(key) > maxStorageKey {
		return nil, fmt.Errorf("a storage's key of %d bytes", len(key))
	}
	whole := u.storages[key]
	if whole == nil {
		s := &storage{key: key, class: class.name, dtype: class.dtype, width: class.dtype.Size(), elements: int(n)}
		whole = &view{storage: s, length: s.elements}
		u.storages[key] = whole
	}
	if whole.class != class.name || whole.elements != int(n) {
		return nil, fmt.Errorf("storage %.100q has two types or sizes", key)
	}
	if len(t) == 6 && t[5] != nil {
		return part(whole, t[5])
	}
	return whole, nil
}

// maxWidth is the size of the widest elements that are stored, in bytes.
const maxWidth = 16

func classOf(v any) (storageClass, error) {
	switch v := v.(type) {
	case storageClass:
		return v, nil
	case *pickle.Opaque:
		return storageClass{name: v.Name}, nil
	}
	return storageClass{}, fmt.Errorf("a storage of class %s", typeName(v))
}

// part is a view of a storage that PyTorch shared out as storages.
func part(whole *view, v any) (any, error) {
	t, _ := v.(pickle.Tuple)
	if len(t) != 3 {
		return nil, errors.New("a storage's view that is not one")
	}
	first, ok1 := t[1].(int64)
	length, ok2 := t[2].(int64)
	if !ok1 || !ok2 || first < 0 || length < 0 || first > int64(whole.elements) || length > int64(whole.elements)-first {
		return nil, errors.New("a view that leaves its storage")
	}
	return &view{storage: whole.storage, first: int(first), length: int(length)}, nil
}

func typeName(v any) string {
	switch v := v.(type) {
	case *tensor, Array:
		return "tensor"
	case *unread:
		return v.what
	case *view:
		return "storage"
	}
	return pickle.TypeName(v)
}
