package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// parseSet parses a flag's key.path=value. The value is YAML: a scalar, a [list]
// or a {mapping}.
func parseSet(text string, schema *jsonschema.Schema) *source {
	key, value, found := strings.Cut(text, "=")
	if !found || key == "" {
		return unreadable(Problem{File: flagName, Message: fmt.Sprintf("expected key.path=value, found %s", quote(text))})
	}
	if key == "base" {
		return unreadable(Problem{
			File: flagName, Key: key, Message: "cannot be overridden",
			Hint: "run the other definition, or write a file with base: and your changes",
		})
	}
	node, err := decodeOne([]byte(value))
	if err != nil {
		p := syntaxProblem(flagName, []byte(value), err)
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
	return newSource(flagName, node, schema)
}
