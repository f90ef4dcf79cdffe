package config

import (
	"fmt"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// maxDepth of nesting: a layer's field is 4 deep.
const maxDepth = 16

// value makes a node a map[string]any, []any, string, bool, number or nil.
// What a definition can't hold becomes nil and a problem.
func (s *source) value(node *yaml.Node, path []string) any {
	if len(path) > maxDepth {
		s.add(path, node, fmt.Sprintf("nested more than %d deep", maxDepth), "")
		return nil
	}
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		s.add(path, node, "anchors (&name) and aliases (*name) aren't supported",
			"train: holds what all experiments share, base: builds on another definition")
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
	s.add(path, node, fmt.Sprintf("the tag %s isn't supported", node.ShortTag()), "")
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
		inner := append(path[:len(path):len(path)], key.Value)
		if first, again := lines[key.Value]; again {
			s.add(inner, key, fmt.Sprintf("set again, line %d has it first", first), "")
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
		values[i] = s.value(item, append(path[:len(path):len(path)], strconv.Itoa(i)))
	}
	return values
}

// leadingZero numbers are octal in YAML 1.1 and decimal in YAML 1.2.
var leadingZero = regexp.MustCompile(`^[-+]?0[0-9_]+$`)

func (s *source) scalar(node *yaml.Node, path []string) any {
	if leadingZero.MatchString(node.Value) {
		s.add(path, node, fmt.Sprintf("%s is one number in YAML 1.1 and another in YAML 1.2", node.Value),
			"write it without the leading zero")
		return nil
	}
	var v any
	if err := node.Decode(&v); err != nil {
		s.add(path, node, fmt.Sprintf("%q isn't a %s", node.Value, node.ShortTag()), "")
		return nil
	}
	return v
}
