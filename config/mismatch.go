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

// mismatch is one violation of the schema.
type mismatch struct {
	path []string
	kind jsonschema.ErrorKind
	// schema is that of the value at the path or, for an unknown key, of the
	// mapping around it.
	schema *jsonschema.Schema
}

// compare returns all violations of the schema, sorted by path.
func compare(values map[string]any, schema *jsonschema.Schema) []mismatch {
	var invalid *jsonschema.ValidationError
	if !errors.As(schema.Validate(values), &invalid) {
		return nil
	}
	all := mismatches(invalid, schema)
	slices.SortFunc(all, func(a, b mismatch) int { return slices.Compare(a.path, b.path) })
	return all
}

// mismatches flattens the validator's tree of errors: the leaves are the
// violations, the inner nodes how the validator got there.
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

// name is the last key of the path.
func (m mismatch) name() string { return m.path[len(m.path)-1] }

// sharingHint is for users of YAML's own ways to share settings.
const sharingHint = "put shared settings under train:, or build on another definition with base:"

// explain describes the mismatch, what was expected and what was found, and a
// remedy.
func (m mismatch) explain(value *yaml.Node) (message, hint string) {
	switch k := m.kind.(type) {
	case *kind.AdditionalProperties:
		return m.explainKey()
	case *kind.Required:
		return "missing, expected " + expected(m.schema), ""
	case *kind.UniqueItems:
		return "listed twice: " + value.Value, ""
	case *kind.MinItems:
		return fmt.Sprintf("expected a list of length >= %d, found length %d", k.Want, k.Got), ""
	case *kind.MaxItems:
		return fmt.Sprintf("expected a list of length <= %d, found length %d", k.Want, k.Got), ""
	case *kind.MaxProperties:
		return fmt.Sprintf("expected at most %d entries, found %d", k.Want, k.Got), ""
	case *kind.MaxLength:
		return fmt.Sprintf("expected at most %d characters, found %d", k.Want, k.Got), ""
	case *kind.Maximum:
		return fmt.Sprintf("expected a number <= %s, found %s", number(k.Want), found(value)), m.maximumHint(value)
	case *kind.ExclusiveMaximum:
		return fmt.Sprintf("expected a number < %s, found %s", number(k.Want), found(value)), ""
	}
	got := found(value)
	if hasType(m.schema, "string") {
		got = strings.TrimSuffix(got, " (a string)") // a string is the right type
	}
	message = fmt.Sprintf("expected %s, found %s", expected(m.schema), got)
	switch {
	case m.schema.Enum != nil:
		if name := nearest(value.Value, enumNames(m.schema)); name != "" {
			hint = fmt.Sprintf("did you mean %q?", name)
		}
	case hasType(m.schema, "string") && value.Kind == yaml.ScalarNode && value.ShortTag() != "!!str" && value.Value != "":
		hint = "quote it: " + quote(value.Value)
	case value.Kind == yaml.MappingNode && m.path != nil && hasType(m.schema, "array"):
		hint = "lists are replaced as a whole: " + m.name() + ": [...]"
	}
	return message, hint
}

// maximumHint explains the limit on seeds: libtorch accepts larger ones, and
// silently ignores their upper half.
func (m mismatch) maximumHint(value *yaml.Node) string {
	if joinKey(m.path) != "seed" {
		return ""
	}
	hint := "libtorch's CPU generator uses only the low 32 bits of a seed"
	var seed uint64
	if value.ShortTag() == "!!int" && value.Decode(&seed) == nil {
		hint += fmt.Sprintf(": write seed: %d, which gives exactly the same numbers", uint32(seed))
	}
	return hint
}

// explainKey is explain for an unknown key.
func (m mismatch) explainKey() (message, hint string) {
	name := m.name()
	for pattern := range m.schema.PatternProperties {
		return fmt.Sprintf("expected %s, found %s", patternWords[pattern.String()], quote(name)), ""
	}
	switch {
	case name == "<<":
		hint = sharingHint
	case strings.Contains(name, ":"):
		hint = "YAML needs a space after the colon"
	case strings.Contains(name, "."):
		hint = "nest it: " + strings.ReplaceAll(name, ".", ": {") + ": ..." + strings.Repeat("}", strings.Count(name, "."))
	default:
		hint = didYouMean(name, knownKeys(m.schema))
	}
	return "unknown key", hint
}

// meant is the key that an unknown one probably stands for, if any.
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
