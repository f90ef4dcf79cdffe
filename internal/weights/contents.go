package weights

import (
	"strings"

	"aeprobe/internal/pickle"
)

// Named is a tensor's name, type and shape.
type Named struct {
	Name string
	Spec
}

// Dict is a dict of tensors in a file.
type Dict struct {
	// Keys lead to it, as Python writes them: "state_dict", 3; none for the root.
	Keys    []string
	Tensors []Named
	// Unread counts tensors of kinds that are not read: sparse or quantized ones.
	Unread int
}

// Contents are the dicts in a file that hold tensors, the outer ones first. A
// safetensors file has one, sorted by name; PyTorch's keep their order.
func (s *Source) Contents() []Dict {
	var all []Dict
	for _, t := range s.tables {
		d := Dict{Keys: t.keys()}
		n := 0
		for _, item := range t.dict.Items {
			if isTensor(item.Value) {
				n++
			}
		}
		d.Tensors = make([]Named, 0, n) // a file may have millions
		for _, item := range t.dict.Items {
			name, ok := item.Key.(string)
			switch {
			case !ok || len(name) > pickle.MaxKey:
			case isTensor(item.Value):
				spec, _ := specOf(item.Value)
				d.Tensors = append(d.Tensors, Named{name, spec})
			case isUnread(item.Value):
				d.Unread++
			}
		}
		if len(d.Tensors)+d.Unread > 0 {
			all = append(all, d)
		}
	}
	return all
}

// Prefix is what all names in the dict begin with, up to a dot: "module.".
func (d Dict) Prefix() string {
	prefix := ""
	for i, t := range d.Tensors {
		if i == 0 {
			prefix = t.Name
		}
		for !strings.HasPrefix(t.Name, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return prefix[:strings.LastIndexByte(prefix, '.')+1]
}

// Format is the kind of file that the source was read from.
func (s *Source) Format() string { return s.format }

// Torch is PyTorch's name of the type: float32.
func (d DType) Torch() string { return d.torch() }
