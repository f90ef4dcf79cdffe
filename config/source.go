package config

import (
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// flagName is what errors call the place of a --set value.
const flagName = "--set"

// source is one place that settings come from: the defaults, a built-in
// definition, a file or a --set flag.
type source struct {
	// name is what errors call it.
	name string
	// root is the mapping as written, with its positions.
	root *yaml.Node
	// values are root's; what was found wrong is taken out, so that the rest
	// can still be checked.
	values map[string]any
	// problems of the source by itself.
	problems []Problem
	// wrong are the paths of the problems' values. A key may hold a dot, so
	// that the path can't be had from the problem.
	wrong [][]string
	// spoiled are the keys whose meaning is lost to problems. Nothing that
	// follows from them is reported.
	spoiled []string
}

// newSource checks all that can be checked of a mapping before it is merged
// with others. The mapping is checked as it was written, because viper would
// change its keys to lower case and take the last of two that are the same.
func newSource(name string, root *yaml.Node, schema *jsonschema.Schema) *source {
	s := &source{name: name, root: root}
	s.values = s.mapping(root, nil)
	var meant []string
	for _, m := range compare(s.values, schema) {
		if len(s.problems) == maxProblems {
			break
		}
		if s.isSpoiled(joinKey(m.path)) {
			continue
		}
		at := s.locate(m.path)
		message, hint := m.explain(at.value)
		s.add(m.path, at.node(), message, hint)
		meant = append(meant, m.meant()...)
	}
	s.spoiled = append(s.spoiled, meant...)
	for _, path := range s.wrong {
		prune(s.values, path)
	}
	return s
}

// maxProblems of one source: nobody reads more, and a hostile file has as many
// as it has bytes.
const maxProblems = 1000

// add records a problem of the value at a path.
func (s *source) add(path []string, at *yaml.Node, message, hint string) {
	if len(s.problems) == maxProblems {
		return
	}
	if len(s.problems) == maxProblems-1 {
		s.spoiled = append(s.spoiled, "") // the rest isn't known
	}
	p := s.problem(joinKey(path), at, message, hint)
	s.problems = append(s.problems, p)
	s.wrong = append(s.wrong, path)
	s.spoiled = append(s.spoiled, p.Key)
}

// problem makes a Problem; what a flag says has no line.
func (s *source) problem(key string, at *yaml.Node, message, hint string) Problem {
	p := Problem{File: s.name, Key: key, Message: message, Hint: hint}
	if s.name != flagName {
		p.Line, p.Column = at.Line, at.Column
	}
	return p
}

// isSpoiled says whether the key's value, or part of it, was found wrong.
func (s *source) isSpoiled(key string) bool {
	for _, bad := range s.spoiled {
		if key == bad || bad == "" || strings.HasPrefix(key, bad+".") || strings.HasPrefix(bad, key+".") {
			return true
		}
	}
	return false
}

// place is where in a source a path leads.
type place struct {
	// key is the value's key; nil for a list's item and for the root.
	key, value *yaml.Node
	// depth is how much of the path the source has.
	depth int
	// inList is set once the path has entered a list: lists replace each
	// other whole, so that what isn't in this one isn't anywhere.
	inList bool
}

// node is what to point at.
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

// child returns the value of a mapping's key, with the key, or a list's item.
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

// prune takes the value at a path out; of a list all of it, because the items
// behind would change places.
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

func joinKey(path []string) string { return strings.Join(path, ".") }

func splitKey(key string) []string { return strings.Split(key, ".") }
