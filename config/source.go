package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// This file checks one source on its own, before it is merged with others. The
// rules are:
//
//   - A mapping is checked as it was written: merging would lower-case its keys
//     and keep the last of two duplicates.
//   - A bad value is reported once, with its place, and then removed, so that
//     the rest can still be checked.
//   - Nothing that follows from a bad value is reported (see spoiled).

// flagName is what errors call the place of a --set value.
const flagName = "--set"

const (
	// maxDepth of nesting: a layer's field is 4 deep.
	maxDepth = 16
	// maxProblems of one source: nobody reads more, and a hostile file has as
	// many as it has bytes.
	maxProblems = 1000
)

// source is one origin of settings: the defaults, a built-in definition, a file
// or a --set flag.
type source struct {
	// name is what errors call it.
	name string
	// root is the mapping as written, with its positions.
	root *yaml.Node
	// values are root's, without the bad ones.
	values map[string]any
	// problems of the source on its own.
	problems []Problem
	// wrong are the paths of the bad values. A key may contain a dot, so a path
	// cannot be recovered from a problem's key.
	wrong [][]string
	// spoiled are the keys whose meaning is unknown because of problems.
	spoiled []string
}

// newSource reads a mapping and checks it against the schema.
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

// value turns a node into a map[string]any, []any, string, bool, number or nil.
// Anything a definition cannot hold becomes nil and a problem.
func (s *source) value(node *yaml.Node, path []string) any {
	if len(path) > maxDepth {
		s.add(path, node, fmt.Sprintf("nested more than %d levels deep", maxDepth), "")
		return nil
	}
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		s.add(path, node, "anchors (&name) and aliases (*name) are not supported", sharingHint)
		return nil
	}
	switch node.ShortTag() {
	case "!!map":
		return s.mapping(node, path)
	case "!!seq":
		return s.list(node, path)
	case "!!str", "!!timestamp": // YAML 1.2 has no dates
		return node.Value
	case "!!null":
		return nil
	case "!!bool", "!!int", "!!float":
		return s.scalar(node, path)
	}
	s.add(path, node, fmt.Sprintf("the tag %s is not supported", node.ShortTag()), "")
	return nil
}

func (s *source) mapping(node *yaml.Node, path []string) map[string]any {
	values := make(map[string]any, len(node.Content)/2)
	lines := make(map[string]int, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Kind != yaml.ScalarNode {
			s.add(path, key, "expected a name as the key, found "+found(key), "")
			continue
		}
		inner := step(path, key.Value)
		if first, again := lines[key.Value]; again {
			s.add(inner, key, fmt.Sprintf("duplicate key, first set on line %d", first), "")
			continue
		}
		lines[key.Value] = key.Line
		values[key.Value] = s.value(node.Content[i+1], inner)
	}
	return values
}

func (s *source) list(node *yaml.Node, path []string) []any {
	values := make([]any, len(node.Content))
	for i, item := range node.Content {
		values[i] = s.value(item, step(path, strconv.Itoa(i)))
	}
	return values
}

// leadingZero numbers are octal in YAML 1.1 and decimal in YAML 1.2.
var leadingZero = regexp.MustCompile(`^[-+]?0[0-9_]+$`)

func (s *source) scalar(node *yaml.Node, path []string) any {
	if leadingZero.MatchString(node.Value) {
		s.add(path, node, fmt.Sprintf("%s is octal in YAML 1.1 and decimal in YAML 1.2", node.Value),
			"write it without the leading zero")
		return nil
	}
	var v any
	if err := node.Decode(&v); err != nil {
		s.add(path, node, fmt.Sprintf("%q is not a valid %s", node.Value, node.ShortTag()), "")
		return nil
	}
	return v
}

// add records a problem with the value at a path.
func (s *source) add(path []string, at *yaml.Node, message, hint string) {
	if len(s.problems) == maxProblems {
		return
	}
	if len(s.problems) == maxProblems-1 {
		s.spoiled = append(s.spoiled, "") // the rest is unknown
	}
	p := s.problem(joinKey(path), at, message, hint)
	s.problems = append(s.problems, p)
	s.wrong = append(s.wrong, path)
	s.spoiled = append(s.spoiled, p.Key)
}

// problem makes a Problem; a flag has no line.
func (s *source) problem(key string, at *yaml.Node, message, hint string) Problem {
	p := Problem{File: s.name, Key: key, Message: message, Hint: hint}
	if !isInline(s.name) {
		p.Line, p.Column = at.Line, at.Column
	}
	return p
}

// isSpoiled reports whether the key's value, or part of it, is bad.
func (s *source) isSpoiled(key string) bool {
	return slices.ContainsFunc(s.spoiled, func(bad string) bool {
		return bad == "" || key == bad || strings.HasPrefix(key, bad+".") || strings.HasPrefix(bad, key+".")
	})
}
