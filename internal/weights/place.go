package weights

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"aeprobe/internal/pickle"
)

// place is where a network's tensors may be in a file, and how what is there
// differs from it.
type place struct {
	want map[string]Spec
	spot
	// tables are where the tensors are: one, or where joined is set, one for
	// each part of the names before the first dot.
	tables []*table

	values     map[string]any // by the name wanted
	missing    []string       // names wanted
	different  []string       // names wanted, and in what they differ
	unexpected extras         // with the prefix, and not wanted
	beside     extras         // without the prefix
}

// extras are tensors that a network lacks, by their names in the file: how
// many, and the first few.
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

// maxPlaces is how many places are looked at more closely. A hostile file could
// have a million.
const maxPlaces = 16

func (p *place) score() int { return len(p.values) - len(p.missing) }

// places are those where all of a network's names are, and the one where the
// most of them are.
func (s *Source) places(want map[string]Spec) []*place {
	var all []*place
	var nearest spot
	most, mostTensors := -1, 0
	consider := func(at spot, count, tensors int) {
		if count == len(want) && len(all) < maxPlaces {
			all = append(all, at.place(want))
		} else if order := cmp.Or(cmp.Compare(count, most), cmp.Compare(tensors, mostTensors)); order > 0 {
			nearest, most, mostTensors = at, count, tensors
		}
	}
	parts := partsOf(want)
	for _, t := range s.tables {
		counts, tensors := t.prefixes(want)
		if tensors > 0 && len(counts) == 0 {
			consider(spot{table: t}, 0, tensors)
		}
		for _, prefix := range slices.Sorted(maps.Keys(counts)) {
			consider(spot{table: t, prefix: prefix}, counts[prefix], tensors)
		}
		if count := t.joinable(want, parts); count > 0 {
			consider(spot{table: t, joined: true}, count, 0)
		}
	}
	if len(all) == 0 && most >= 0 {
		all = append(all, nearest.place(want))
	}
	return all
}

// prefixes counts, for each prefix with which one of the names wanted is in the
// table, how many are, and all its tensors.
func (t *table) prefixes(want map[string]Spec) (counts map[string]int, tensors int) {
	for _, item := range t.dict.Items {
		name, ok := item.Key.(string)
		if !ok || len(name) > pickle.MaxKey || !mayBeTensor(item.Value) {
			continue
		}
		if isTensor(item.Value) {
			tensors++
		}
		for w := range want {
			if prefix, ok := strings.CutSuffix(name, w); ok {
				if counts == nil {
					counts = map[string]int{}
				}
				counts[prefix]++
			}
		}
	}
	return counts, tensors
}

// partsOf are the parts of names before the first dot, nil where one has none.
func partsOf(want map[string]Spec) []string {
	parts := map[string]bool{}
	for name := range want {
		part, _, dotted := strings.Cut(name, ".")
		if !dotted {
			return nil
		}
		parts[part] = true
	}
	return slices.Sorted(maps.Keys(parts))
}

// inner is the dict under a key, nil where there is none.
func (t *table) inner(key string) *pickle.Dict {
	v, _ := t.dict.Get(key)
	d, _ := v.(*pickle.Dict)
	return d
}

// joinable counts the names wanted that are in the dicts under their first
// parts.
func (t *table) joinable(want map[string]Spec, parts []string) int {
	count := 0
	if !slices.ContainsFunc(parts, func(part string) bool { return t.inner(part) != nil }) {
		return 0
	}
	for name := range want {
		part, rest, _ := strings.Cut(name, ".")
		if inner := t.inner(part); inner != nil {
			if v, ok := inner.Get(rest); ok && mayBeTensor(v) {
				count++
			}
		}
	}
	return count
}

// mayBeTensor holds for a tensor, and for what somebody took for one.
func mayBeTensor(v any) bool {
	switch v.(type) {
	case *tensor, Array, *unread, *pickle.Opaque:
		return true
	}
	return false
}

// place compares what is at a spot with what is wanted.
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

// add takes up the names of a table, with part before them and without prefix.
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

// unlike says in what a value differs from what is wanted; it is empty where it
// can be taken for that.
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
