package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:generate go test -run ^TestSchema$ -update .

//go:embed schema.json
var schemaJSON []byte

// Schema returns the JSON schema of definition files, for editors. It requires
// only a layer's type, because a file may inherit all other keys from its base.
func Schema() []byte { return bytes.Clone(schemaJSON) }

// compileSchema compiles Schema, once: that takes longer than the rest of Load.
var compileSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		return nil, fmt.Errorf("parse the definition schema: %w", err)
	}
	// An absolute URL: a relative one is resolved against the current folder,
	// which fails if that folder's name has a space.
	const url = "aeprobe:///definition.json"
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(url, document); err != nil {
		return nil, fmt.Errorf("compile the definition schema: %w", err)
	}
	return compiler.Compile(url)
})

// schemaAt returns the schema of the value at a path; nil for an unknown key.
func schemaAt(s *jsonschema.Schema, path []string) *jsonschema.Schema {
	for _, step := range path {
		s = innerSchema(target(s), step)
		if s == nil {
			return nil
		}
	}
	return target(s)
}

func innerSchema(s *jsonschema.Schema, step string) *jsonschema.Schema {
	if inner := s.Properties[step]; inner != nil {
		return inner
	}
	for pattern, inner := range s.PatternProperties {
		if pattern.MatchString(step) {
			return inner
		}
	}
	return s.Items2020
}

// target follows references.
func target(s *jsonschema.Schema) *jsonschema.Schema {
	for s.Ref != nil {
		s = s.Ref
	}
	return s
}

func hasType(s *jsonschema.Schema, name string) bool {
	return s.Types != nil && slices.Contains(s.Types.ToStrings(), name)
}
