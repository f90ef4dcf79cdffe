package weights

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"aeprobe/internal/pickle"
)

// place is a candidate: a spot in the file where a network's tensors may be, and
// how its tensors differ from those wanted.
type place struct {
	want map[string]Spec
	spot
	// tables hold the tensors: one, or if joined, one for each first part of
	// the names.
	tables []*table

	values     map[string]any // by the name wanted
	missing    []string       // names wanted
	different  []string       // names wanted, and in what they differ
	unexpected extras         // with the prefix, and not wanted
	beside     extras         // without the prefix
}

// extras counts tensors that are not wanted, and describes the first few.
type extras struct {
	count int
	first []string
}

func (e *extras) add(name string, v any) {
	if e.count++; e.count <= shown {
		spec, _ := specOf(v)
		e.first = append(e.first, fmt.Sprintf("%.100q (%s)", name, spec))
	}
}

// spot says where a place is: at the names in a table that begin with prefix,
// or, joined, in the dicts under its keys.
type spot struct {
	table  *table
	prefix string
	joined bool
}

func (p *place) score() int { return len(p.values) - len(p.missing) }

// mayBeTensor holds for tensors, and for objects that may stand in for one: a
// sparse tensor, a NumPy array.
func mayBeTensor(v any) bool {
	switch v.(type) {
	case *tensor, Array, *unread, *pickle.Opaque:
		return true
	}
	return false
}

// place compares the tensors at a spot with those wanted.
func (at spot) place(want map[string]Spec) *place {
	p := &place{want: want, spot: at, values: map[string]any{}}
	if !at.joined {
		p.add(at.table, "", at.prefix)
	} else {
		for _, part := range partsOf(want) {
			if inner := at.table.inner(part); inner != nil {
				p.add(&table{parent: at.table, key: strconv.Quote(part), dict: inner}, part+".", "")
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		v, ok := p.values[name]
		if !ok {
			p.missing = append(p.missing, name)
		} else if problem := unlike(v, want[name]); problem != "" {
			p.different = append(p.different, fmt.Sprintf("%q: %s", name, problem))
		}
	}
	return p
}

// add sorts the tensors of a table into p, naming them without prefix and with
// part in front.
func (p *place) add(t *table, part, prefix string) {
	p.tables = append(p.tables, t)
	for _, item := range t.dict.Items {
		name, ok := item.Key.(string)
		if !ok || len(name) > pickle.MaxKey || !mayBeTensor(item.Value) {
			continue
		}
		cut, prefixed := strings.CutPrefix(name, prefix)
		_, wanted := p.want[part+cut]
		switch {
		case prefixed && wanted:
			p.values[part+cut] = item.Value
		case !isTensor(item.Value):
		case prefixed:
			p.unexpected.add(part+name, item.Value)
		default:
			p.beside.add(name, item.Value)
		}
	}
}

// unlike says how a value differs from the tensor wanted. It is empty if the
// value is that tensor, or converts to it.
func unlike(v any, want Spec) string {
	have, ok := specOf(v)
	if !ok {
		return typeName(v) + ", not a dense tensor"
	}
	var parts []string
	if have.DType != want.DType && !converts(have.DType, want.DType) {
		parts = append(parts, fmt.Sprintf("type %s, want %s", have.DType.torch(), want.DType.torch()))
	}
	if !slices.Equal(have.Shape, want.Shape) {
		parts = append(parts, fmt.Sprintf("shape %s, want %s", shapeString(have.Shape), shapeString(want.Shape)))
	}
	return strings.Join(parts, "; ")
}

func specOf(v any) (Spec, bool) {
	switch v := v.(type) {
	case *tensor:
		return Spec{v.dtype, v.shape}, true
	case Array:
		return Spec{v.DType, v.Shape}, true
	}
	return Spec{}, false
}
