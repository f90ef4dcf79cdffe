package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// parseInline parses the key.path=value of a flag or of a variable, which errors call
// name. The value is YAML: a scalar, a [list] or a {mapping}.
func parseInline(name, text string, schema *jsonschema.Schema) *source {
	key, value, found := strings.Cut(text, "=")
	if !found || key == "" {
		return unreadable(Problem{File: name, Message: fmt.Sprintf("expected key.path=value, found %s", quote(text))})
	}
	if key == "base" {
		return unreadable(Problem{
			File: name, Key: key, Message: "cannot be overridden",
			Hint: "run the other definition, or write a file with base: and your changes",
		})
	}
	node, err := decodeOne([]byte(value))
	if err != nil {
		p := syntaxProblem(name, []byte(value), err)
		p.Key, p.Line = key, 0
		return unreadable(p)
	}
	if strings.TrimSpace(value) == "" {
		node = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	for _, step := range slices.Backward(splitKey(key)) {
		node = &yaml.Node{
			Kind:    yaml.MappingNode,
			Tag:     "!!map",
			Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: step}, node},
		}
	}
	return newSource(name, node, schema)
}

// isInline reports whether a source of that name has one line alone.
func isInline(name string) bool {
	return name == flagName || strings.HasPrefix(name, VariablePrefix)
}
