package weights

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"aeprobe/internal/pickle"
)

// table is a dict in a file of PyTorch's, and the way to it.
type table struct {
	parent *table // nil for the root
	key    string // in the parent, as Python writes it: "model", 3
	dict   *pickle.Dict
}

// Training scripts put a state_dict at the root, under a key, or under a key of
// what is under a key. What a pickle has beyond these is not looked at.
const (
	maxDepth  = 4
	maxTables = 1 << 16
	maxKey    = 200 // bytes
)

// tablesOf finds the dicts in a decoded pickle, breadth first: each once,
// though it may be in many places, itself included.
func tablesOf(root any) []*table {
	type step struct {
		value any
		at    *table
		depth int
	}
	var found []*table
	seen := map[any]bool{}
	queue := []step{{root, &table{}, 0}}
	for len(queue) > 0 && len(seen) < maxTables {
		s := queue[0]
		queue = queue[1:]
		id := identity(s.value)
		if id == nil || seen[id] || s.depth > maxDepth {
			continue
		}
		seen[id] = true
		if d, ok := s.value.(*pickle.Dict); ok {
			s.at.dict = d
			found = append(found, s.at)
		}
		eachInner(s.value, func(key string, v any) {
			if len(queue) < maxTables {
				queue = append(queue, step{v, &table{parent: s.at, key: key}, s.depth + 1})
			}
		})
	}
	return found
}

// identity tells containers that hold something apart; it is nil for whatever
// else there is.
func identity(v any) any {
	switch v := v.(type) {
	case *pickle.Dict:
		if len(v.Items) > 0 {
			return v
		}
	case *pickle.List:
		if len(v.Items) > 0 {
			return v
		}
	case pickle.Tuple:
		if len(v) > 0 {
			return &v[0]
		}
	}
	return nil
}

// eachInner calls f with the containers in a container.
func eachInner(v any, f func(key string, v any)) {
	items := func(all []any) {
		for i, item := range all {
			if identity(item) != nil {
				f(strconv.Itoa(i), item)
			}
		}
	}
	switch v := v.(type) {
	case *pickle.Dict:
		for _, item := range v.Items {
			if identity(item.Value) == nil {
				continue
			}
			switch key := item.Key.(type) {
			case string:
				if len(key) <= maxKey {
					f(strconv.Quote(key), item.Value)
				}
			case int64:
				f(strconv.FormatInt(key, 10), item.Value)
			}
		}
	case *pickle.List:
		items(v.Items)
	case pickle.Tuple:
		items(v)
	}
}

// holdsTensor holds for a table that Fit can take something from.
func (t *table) holdsTensor() bool {
	for _, item := range t.dict.Items {
		if _, named := item.Key.(string); named && (isTensor(item.Value) || isUnread(item.Value)) {
			return true
		}
	}
	return false
}

// isUnread holds for tensors of a kind that is not read.
func isUnread(v any) bool {
	switch v := v.(type) {
	case *unread:
		return true
	case *pickle.Opaque:
		return v.Module == "torch._utils"
	}
	return false
}

func isTensor(v any) bool {
	switch v.(type) {
	case *tensor, Array:
		return true
	}
	return false
}

// keys are those from the root to the table.
func (t *table) keys() []string {
	if t.parent == nil {
		return nil
	}
	return append(t.parent.keys(), t.key)
}

// remedy ends the errors about files that hold something other than weights.
const remedy = "\nsave just the weights in Python: torch.save(model.state_dict(), path)"

// sourceIn is the source that a decoded pickle is.
func sourceIn(root any, stored func(*storage) ([]byte, error)) (*Source, error) {
	s := &Source{tables: tablesOf(root), stored: stored}
	for _, t := range s.tables {
		if t.holdsTensor() {
			return s, nil
		}
	}
	d, ok := root.(*pickle.Dict)
	if !ok {
		return nil, fmt.Errorf("the file holds a %s, not a dict of tensors"+remedy, typeName(root))
	}
	if len(d.Items) == 0 {
		return nil, errors.New("the file holds an empty dict: the state of a network without parameters")
	}
	return nil, fmt.Errorf("the file's dict holds no tensors, only %s"+remedy, contents(d))
}

// contents names the first few things in a dict.
func contents(d *pickle.Dict) string {
	var parts []string
	for i, item := range d.Items {
		if i == 4 {
			parts = append(parts, fmt.Sprintf("%d more", len(d.Items)-i))
			break
		}
		key := typeName(item.Key)
		if s, ok := item.Key.(string); ok {
			key = fmt.Sprintf("%.100q", s)
		}
		parts = append(parts, key+" ("+typeName(item.Value)+")")
	}
	return strings.Join(parts, ", ")
}
