package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Completion is what may be typed next, and what it means.
type Completion struct{ Text, Meaning string }

// CompleteSet lists what a --set flag that begins like written may be: keys of
// definitions with an = behind them, in free names those of d, and after the = the
// values of a field that has few. d may be nil.
func CompleteSet(d *Definition, written string) ([]Completion, error) {
	schema, err := compileSchema()
	if err != nil {
		return nil, err
	}
	if key, _, has := strings.Cut(written, "="); has {
		return completeValue(schema, key, written), nil
	}
	var all []Completion
	var walk func(s *jsonschema.Schema, path []string)
	walk = func(s *jsonschema.Schema, path []string) {
		s = target(s)
		if len(s.Properties) == 0 && len(s.PatternProperties) == 0 {
			if key := joinKey(path); strings.HasPrefix(key, written) && key != "base" {
				all = append(all, Completion{key + "=", expected(s)})
			}
			return
		}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			walk(s.Properties[name], step(path, name))
		}
		for _, inner := range s.PatternProperties {
			for _, name := range namesAt(d, joinKey(path)) {
				walk(inner, step(path, name))
			}
		}
	}
	walk(schema, nil)
	return all, nil
}

func completeValue(schema *jsonschema.Schema, key, written string) []Completion {
	s := schemaAt(schema, splitKey(key))
	if s == nil {
		return nil
	}
	var values []string
	switch {
	case s.Enum != nil:
		values = enumNames(s)
	case hasType(s, "boolean"):
		values = []string{"true", "false"}
	}
	var all []Completion
	for _, v := range values {
		if text := fmt.Sprintf("%s=%s", key, v); strings.HasPrefix(text, written) {
			all = append(all, Completion{Text: text})
		}
	}
	return all
}

// namesAt are the names that a definition has in a mapping of free names.
func namesAt(d *Definition, key string) []string {
	if d == nil {
		return nil
	}
	switch key {
	case "autoencoders":
		return slices.Sorted(maps.Keys(d.Autoencoders))
	case "aggregations":
		return slices.Sorted(maps.Keys(d.Aggregations))
	case "classifiers":
		return slices.Sorted(maps.Keys(d.Classifiers))
	default:
		return nil
	}
}
