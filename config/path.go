package config

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// place is where a path leads in a source.
type place struct {
	// key is the value's key; nil for a list item and for the root.
	key, value *yaml.Node
	// depth is how many steps of the path the source has.
	depth int
	// inList is set once the path has entered a list: lists replace each other
	// as a whole, so an item missing here is missing everywhere.
	inList bool
}

// node is the node that an error points at.
func (p place) node() *yaml.Node {
	if p.key != nil {
		return p.key
	}
	return p.value
}

// locate follows a path as far as the source goes.
func (s *source) locate(path []string) place {
	p := place{value: s.root}
	for _, step := range path {
		key, value := child(p.value, step)
		if value == nil {
			return p
		}
		p = place{key: key, value: value, depth: p.depth + 1, inList: p.inList || key == nil}
	}
	return p
}

// child returns a mapping's value with its key, or a list's item.
func child(parent *yaml.Node, step string) (key, value *yaml.Node) {
	switch parent.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(parent.Content); i += 2 {
			if parent.Content[i].Value == step {
				return parent.Content[i], parent.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(parent.Content) {
			return nil, parent.Content[i]
		}
	}
	return nil, nil
}

// prune removes the value at a path. A list is removed as a whole, because the
// items after a removed one would move up.
func prune(values map[string]any, path []string) {
	for i, step := range path {
		inner, isMapping := values[step].(map[string]any)
		if !isMapping || i == len(path)-1 {
			delete(values, step)
			return
		}
		values = inner
	}
}

// step extends a path by one name.
func step(path []string, name string) []string {
	return append(path[:len(path):len(path)], name)
}

func joinKey(path []string) string { return strings.Join(path, ".") }

func splitKey(key string) []string { return strings.Split(key, ".") }
