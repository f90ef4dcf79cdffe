package config

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Resolved is a complete definition whose values know where they come from.
type Resolved struct {
	Definition *Definition
	// sources in order of precedence, lowest first.
	sources []*source
}

// follows is the origin of a value that no source has.
const follows = "follows from other fields"

// Origin says where the value at a path comes from: "mine.yaml:3", "built-in report:12",
// "built-in defaults", a variable, "--set".
func (r *Resolved) Origin(path ...string) string {
	for _, s := range slices.Backward(r.sources) {
		p := s.locate(path)
		if !s.holds(path) || p.depth < len(path) && !p.inList && p.value.Kind == yaml.MappingNode {
			continue
		}
		if isInline(s.name) || s.name == defaultsName {
			return s.name
		}
		return fmt.Sprintf("%s:%d", s.name, p.node().Line)
	}
	return follows
}

// holds reports whether a source's values, after all alternatives are settled, lead to
// a path or to a list above it.
func (s *source) holds(path []string) bool {
	values := s.values
	for i, step := range path {
		value, has := values[step]
		if !has {
			return false
		}
		inner, isMapping := value.(map[string]any)
		if !isMapping || i == len(path)-1 {
			return true
		}
		values = inner
	}
	return true
}

// FromUser are the fields that the user's variables or file set, "key by origin", of
// those that took effect.
func (r *Resolved) FromUser(userFile string) []string {
	var all []string
	r.eachLeaf(func(path []string, _ *yaml.Node) {
		origin := r.Origin(path...)
		if strings.HasPrefix(origin, VariablePrefix) || userFile != "" && strings.HasPrefix(origin, userFile+":") {
			all = append(all, fmt.Sprintf("%s by %s", joinKey(path), origin))
		}
	})
	return all
}

// Annotated is the definition as YAML, with the origin of every value as a comment.
func (r *Resolved) Annotated() ([]byte, error) {
	root, err := r.eachLeaf(func(path []string, node *yaml.Node) { node.LineComment = r.Origin(path...) })
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("encode the definition: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("encode the definition: %w", err)
	}
	return text.Bytes(), nil
}

// eachLeaf calls f with every value of the definition that is no mapping, and with the
// node that its comment belongs to.
func (r *Resolved) eachLeaf(f func(path []string, node *yaml.Node)) (*yaml.Node, error) {
	var root yaml.Node
	if err := root.Encode(r.Definition); err != nil {
		return nil, fmt.Errorf("encode the definition: %w", err)
	}
	onOneLine(&root)
	var walk func(path []string, node *yaml.Node)
	walk = func(path []string, node *yaml.Node) {
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			inner := step(path, key.Value)
			switch {
			case value.Kind == yaml.MappingNode && len(value.Content) > 0:
				value.Style = 0 // a line for each value
				walk(inner, value)
			case value.Kind == yaml.SequenceNode && value.Style != yaml.FlowStyle:
				f(inner, key)
			default:
				f(inner, value)
			}
		}
	}
	walk(nil, &root)
	return &root, nil
}
