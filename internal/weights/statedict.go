package weights

import (
	"bytes"
	"fmt"
	"strings"

	"aeprobe/internal/pickle"
)

// remedy ends the errors about files that hold more than weights.
const remedy = "\nsave just the weights in Python: torch.save(model.state_dict(), path)"

// nestedKeys are where training scripts put a state_dict beside other things,
// in the order they are looked for.
var nestedKeys = []string{"state_dict", "model_state_dict", "model"}

// ReadStateDict reads the content of a file that torch.save made of a
// state_dict: a dict of dense tensors on any device, of a type that DType
// lists, in any memory format; they become row-major. It may be the value of
// "state_dict", "model_state_dict" or "model" in another dict, whose other
// values are dropped, if they are plain data or tensors. Where every name
// begins with "module.", as DataParallel has it, that is cut off.
//
// A file that names any other function or class is refused by that name; of
// the arrays some may share b's memory.
func ReadStateDict(b []byte) (*File, error) {
	var f *File
	var err error
	if bytes.HasPrefix(b, []byte(zipMagic)) {
		f, err = readZip(b)
	} else {
		f, err = readLegacy(b)
	}
	if err != nil {
		return nil, fmt.Errorf("state_dict: %w", err)
	}
	return f, nil
}

// named is a tensor of a state_dict.
type named struct {
	name   string
	tensor *tensor
}

// tensorsOf lists the tensors of a decoded state_dict.
func tensorsOf(root any) ([]named, error) {
	d, ok := root.(*pickle.Dict)
	if !ok {
		return nil, fmt.Errorf("the file holds a %s, not a dict of tensors"+remedy, typeName(root))
	}
	for _, key := range nestedKeys {
		v, _ := d.Get(key)
		if inner, ok := v.(*pickle.Dict); ok && holdsTensor(inner) {
			d = inner
			break
		}
	}
	if !holdsTensor(d) {
		return nil, fmt.Errorf("the file's dict holds no tensor, nor does one in it at %s"+remedy, strings.Join(nestedKeys, ", "))
	}
	all := make([]named, 0, len(d.Items))
	module := true
	for _, item := range d.Items {
		name, ok := item.Key.(string)
		if !ok {
			return nil, fmt.Errorf("a tensor's name is a %s, not a str"+remedy, typeName(item.Key))
		}
		t, ok := item.Value.(*tensor)
		if !ok {
			return nil, fmt.Errorf("%.100q is a %s, not a tensor"+remedy, name, typeName(item.Value))
		}
		module = module && strings.HasPrefix(name, "module.")
		all = append(all, named{name, t})
	}
	if module {
		for i := range all {
			all[i].name = strings.TrimPrefix(all[i].name, "module.")
		}
	}
	return all, nil
}

func holdsTensor(d *pickle.Dict) bool {
	for _, item := range d.Items {
		if _, ok := item.Value.(*tensor); ok {
			return true
		}
	}
	return false
}

func typeName(v any) string {
	switch v.(type) {
	case *tensor:
		return "tensor"
	case storage:
		return "storage"
	}
	return pickle.TypeName(v)
}

// maxRepeats bounds the bytes of all tensors in a file by a multiple of its
// size. Tied weights are in more tensors than one.
const maxRepeats = 4

// arrays makes the file's arrays, from its storages' bytes by key.
func arrays(tensors []named, data func(storage) ([]byte, error), fileSize int) (*File, error) {
	f := &File{Tensors: make(map[string]Array, len(tensors))}
	left := maxRepeats * fileSize
	for _, n := range tensors {
		size, err := n.tensor.size()
		if err == nil && size > left {
			err = fmt.Errorf("the tensors share their storages so often that they have over %d times the file's bytes", maxRepeats)
		}
		var b []byte
		if err == nil {
			left -= size
			b, err = data(n.tensor.storage)
		}
		if err == nil {
			b, err = n.tensor.rowMajor(b)
		}
		if err != nil {
			return nil, fmt.Errorf("tensor %.100q: %w", n.name, err)
		}
		f.Tensors[n.name] = Array{DType: n.tensor.storage.dtype, Shape: n.tensor.shape, Data: b}
	}
	return f, nil
}
