package weights

import (
	"cmp"
	"fmt"
	"slices"

	"aeprobe/internal/pickle"
)

// These make the objects of a pickle from their arguments. What cannot be read
// becomes an *unread: an error only where it is one of the tensors wanted.

// unread is a tensor that is not read.
type unread struct{ what, remedy string }

// SetState is the tensor's.
func (u *unread) SetState(any) error { return nil }

// SetState takes what PyTorch sets on tensors of subclasses, which is no data.
func (t *tensor) SetState(any) error { return nil }

// rebuildTensor takes (storage, offset, size, stride), in its second version
// (..., requires_grad, hooks[, metadata]), and in its third (..., requires_grad,
// hooks, dtype[, metadata]).
func rebuildTensor(args pickle.Tuple) (any, error) {
	if len(args) < 4 || len(args) > 8 {
		return &unread{what: "a tensor made of too few or too many arguments"}, nil
	}
	v, ok1 := args[0].(*view)
	offset, ok2 := args[1].(int64)
	shape, ok3 := ints(args[2])
	stride, ok4 := ints(args[3])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return &unread{what: "a tensor without a storage, offset, size or stride"}, nil
	}
	t := &tensor{view: *v, dtype: v.dtype, offset: int(offset), shape: shape, stride: stride}
	rest := args[min(6, len(args)):]
	if len(rest) > 0 {
		switch dtype := rest[0].(type) {
		case DType:
			t.dtype, rest = dtype, rest[1:]
		case *pickle.Opaque:
			t.dtype, rest = DType(dtype.Name), rest[1:]
		}
	}
	if len(rest) > 0 && rest[0] != nil {
		// Flags of lazily negated or conjugated memory.
		if flags, ok := rest[0].(*pickle.Dict); !ok || len(flags.Items) > 0 {
			return &unread{"a lazily negated or conjugated tensor", "save tensor.resolve_neg() in its place"}, nil
		}
	}
	if t.dtype.Size() == 0 {
		return &unread{what: fmt.Sprintf("a tensor of type %.40q", cmp.Or(string(t.dtype), v.class))}, nil
	}
	return t, nil
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

// rebuildParameter takes (tensor, ...).
func rebuildParameter(args pickle.Tuple) (any, error) {
	if len(args) > 0 {
		switch args[0].(type) {
		case *tensor, *unread, *pickle.Opaque:
			return args[0], nil
		}
	}
	return &unread{what: "a parameter without a tensor"}, nil
}

// rebuildFromType takes (function, class, arguments, state) of a tensor of a
// subclass. The function is one of those above, or not known.
func rebuildFromType(args pickle.Tuple) (any, error) {
	if len(args) != 4 {
		return &unread{what: "a tensor of a class made of too few or too many arguments"}, nil
	}
	inner, ok := args[2].(pickle.Tuple)
	if _, known := args[0].(pickle.Callable); !ok || !known {
		return &unread{what: "a tensor of class " + typeName(args[1])}, nil
	}
	if len(inner) > 0 {
		if _, parameter := inner[0].(*tensor); parameter {
			return rebuildParameter(inner)
		}
	}
	return rebuildTensor(inner)
}

// size takes (tuple), as torch.Size does.
func size(args pickle.Tuple) (any, error) {
	if len(args) == 1 {
		if t, ok := args[0].(pickle.Tuple); ok {
			return t, nil
		}
	}
	return pickle.Tuple{}, nil
}

// emptyDict is what subclasses of dict begin as.
func emptyDict(pickle.Tuple) (any, error) { return &pickle.Dict{}, nil }

// reconstructor takes (class, base, state): how protocols 0 and 1 make an
// object.
func reconstructor(args pickle.Tuple) (any, error) {
	if len(args) > 0 {
		if class, ok := args[0].(*pickle.Opaque); ok {
			return class, nil
		}
	}
	return &pickle.Opaque{Module: "copyreg", Name: "_reconstructor"}, nil
}
