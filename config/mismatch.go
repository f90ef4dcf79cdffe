package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v3"
)

// mismatch is one place where values don't follow the schema.
type mismatch struct {
	path []string
	kind jsonschema.ErrorKind
	// schema is that of the value at the path or, if the key is unknown, that
	// of the mapping it is in.
	schema *jsonschema.Schema
}

// compare returns every place where the values don't follow the schema, by
// path.
func compare(values map[string]any, schema *jsonschema.Schema) []mismatch {
	var invalid *jsonschema.ValidationError
	if !errors.As(schema.Validate(values), &invalid) {
		return nil
	}
	all := mismatches(invalid, schema)
	slices.SortFunc(all, func(a, b mismatch) int { return slices.Compare(a.path, b.path) })
	return all
}

// mismatches flattens the validator's tree of errors: its leaves are what is
// wrong, the rest how it came there.
func mismatches(e *jsonschema.ValidationError, root *jsonschema.Schema) []mismatch {
	var all []mismatch
	for _, cause := range e.Causes {
		all = append(all, mismatches(cause, root)...)
	}
	if len(e.Causes) > 0 {
		return all
	}
	at := e.InstanceLocation
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			all = append(all, mismatch{path: step(at, name), kind: k, schema: schemaAt(root, at)})
		}
	case *kind.Required:
		for _, name := range k.Missing {
			all = append(all, mismatch{path: step(at, name), kind: k, schema: schemaAt(root, step(at, name))})
		}
	case *kind.UniqueItems:
		item := step(at, strconv.Itoa(k.Duplicates[1]))
		all = append(all, mismatch{path: item, kind: k, schema: schemaAt(root, item)})
	default:
		all = append(all, mismatch{path: at, kind: k, schema: schemaAt(root, at)})
	}
	return all
}

// step is the path one further down.
func step(path []string, name string) []string {
	return append(path[:len(path):len(path)], name)
}

// name is the last key of the path.
func (m mismatch) name() string { return m.path[len(m.path)-1] }

// explain says what was expected and what was found instead, and what to do
// about it.
func (m mismatch) explain(value *yaml.Node) (message, hint string) {
	switch k := m.kind.(type) {
	case *kind.AdditionalProperties:
		return m.explainKey()
	case *kind.Required:
		return "missing, expected " + expected(m.schema), ""
	case *kind.UniqueItems:
		return "listed twice: " + value.Value, ""
	case *kind.MinItems:
		return fmt.Sprintf("expected a list of %d or more, found %d", k.Want, k.Got), ""
	case *kind.MaxItems:
		return fmt.Sprintf("expected a list of at most %d, found %d", k.Want, k.Got), ""
	case *kind.MaxProperties:
		return fmt.Sprintf("expected at most %d names, found %d", k.Want, k.Got), ""
	case *kind.MaxLength:
		return fmt.Sprintf("expected at most %d characters, found %d", k.Want, k.Got), ""
	case *kind.Maximum:
		return fmt.Sprintf("expected a number <= %s, found %s", number(k.Want), found(value)), ""
	}
	got := found(value)
	if hasType(m.schema, "string") {
		got = strings.TrimSuffix(got, " (a string)") // that is as it should be
	}
	message = fmt.Sprintf("expected %s, found %s", expected(m.schema), got)
	switch {
	case m.schema.Enum != nil:
		if name := nearest(value.Value, enumNames(m.schema)); name != "" {
			hint = fmt.Sprintf("did you mean %q?", name)
		}
	case hasType(m.schema, "string") && value.Kind == yaml.ScalarNode && value.ShortTag() != "!!str" && value.Value != "":
		hint = "put it in quotes: " + quote(value.Value)
	case value.Kind == yaml.MappingNode && m.path != nil && hasType(m.schema, "array"):
		hint = "a list is replaced whole: " + m.name() + ": [...]"
	}
	return message, hint
}

// explainKey is explain for a key that the schema doesn't know.
func (m mismatch) explainKey() (message, hint string) {
	name := m.name()
	for pattern := range m.schema.PatternProperties {
		return fmt.Sprintf("expected %s, found %s", patternWords[pattern.String()], quote(name)), ""
	}
	switch {
	case name == "<<":
		hint = "train: holds what all experiments share, base: builds on another definition"
	case strings.Contains(name, ":"):
		hint = "YAML wants a space behind the colon"
	case strings.Contains(name, "."):
		hint = "nest it: " + strings.ReplaceAll(name, ".", ": {") + ": ..." + strings.Repeat("}", strings.Count(name, "."))
	default:
		hint = didYouMean(name, knownKeys(m.schema))
	}
	return "unknown key", hint
}

// meant is the key that an unknown one was meant to be, if that is plain.
func (m mismatch) meant() []string {
	if _, unknown := m.kind.(*kind.AdditionalProperties); !unknown {
		return nil
	}
	name := nearest(m.name(), knownKeys(m.schema))
	if name == "" {
		return nil
	}
	return []string{joinKey(step(m.path[:len(m.path)-1], name))}
}

func knownKeys(s *jsonschema.Schema) []string {
	return slices.Sorted(maps.Keys(s.Properties))
}
