package config

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// YAML returns the definition as a file, from which Load makes the same
// definition. Equal definitions give equal bytes.
func (d *Definition) YAML() ([]byte, error) {
	var node yaml.Node
	if err := node.Encode(d); err != nil {
		return nil, fmt.Errorf("encode the definition: %w", err)
	}
	onOneLine(&node)
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(&node); err != nil {
		return nil, fmt.Errorf("encode the definition: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("encode the definition: %w", err)
	}
	return text.Bytes(), nil
}

// onOneLine puts lists of names, and each mapping in a list, on one line: a
// network is easier to read with one line per layer.
func onOneLine(node *yaml.Node) {
	for _, inner := range node.Content {
		if node.Kind == yaml.SequenceNode {
			if inner.Kind == yaml.ScalarNode {
				node.Style = yaml.FlowStyle
			} else {
				inner.Style = yaml.FlowStyle
			}
		}
		onOneLine(inner)
	}
}
