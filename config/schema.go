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

// Schema is the JSON schema of a definition's file, for editors. It asks for
// no key but a layer's type, because a file may leave the rest to its base.
func Schema() []byte { return bytes.Clone(schemaJSON) }

// compileSchema makes Schema ready to compare values with. It does so once,
// because that takes longer than everything else about loading.
var compileSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		return nil, fmt.Errorf("the schema of definitions: %w", err)
	}
	// Absolute, for a relative one is looked for in the current folder, and not
	// found where that folder's name has a space.
	const url = "aeprobe:///definition.json"
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(url, document); err != nil {
		return nil, fmt.Errorf("the schema of definitions: %w", err)
	}
	return compiler.Compile(url)
})

// schemaAt returns what the schema says of the value at a path; nil where it
// knows no such key.
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

// target is the schema that a reference leads to.
func target(s *jsonschema.Schema) *jsonschema.Schema {
	for s.Ref != nil {
		s = s.Ref
	}
	return s
}

func hasType(s *jsonschema.Schema, name string) bool {
	return s.Types != nil && slices.Contains(s.Types.ToStrings(), name)
}
