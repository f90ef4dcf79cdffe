package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Freeze merges a definition, its bases, the defaults and the overrides into one
// file that names no base and has the definition's name: to Load it with further
// sets gives what Load of the original gives with all of them. Unlike
// Definition.YAML it leaves shared settings where they are, so that an override
// of train.epochs still reaches every training.
//
// An invalid definition gives an *Error.
func Freeze(nameOrPath string, sets []string) ([]byte, error) {
	schema, err := compileSchema()
	if err != nil {
		return nil, err
	}
	l := loader{schema: schema}
	l.addFiles(nameOrPath)
	for _, set := range sets {
		l.sources = append(l.sources, parseInline(flagName, set, schema))
	}
	d, err := l.definition() // which settles the sources, too
	if err != nil {
		return nil, err
	}
	values := merge(l.sources)
	values["name"] = d.Name
	text, err := yaml.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("freeze the definition: %w", err)
	}
	return text, nil
}
