package weights

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"aeprobe/internal/pickle"
)

// maxPlaces limits the places compared in full. A hostile file could have a
// million.
const maxPlaces = 100

// places are all that have every name wanted or, if none has, the one with the
// most of them.
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

// prefixes counts, for each prefix, the names wanted that the table has with that
// prefix. It also counts the table's tensors.
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
