package config

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// found describes a value as written.
func found(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch node.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return node.Value
	case "!!bool":
		return node.Value + " (a boolean)"
	}
	return quote(node.Value) + " (a string)"
}

// quote quotes a string, shortened if it is long.
func quote(text string) string {
	const enough = 60
	if runes := []rune(text); len(runes) > enough {
		return strconv.Quote(string(runes[:enough])) + "..."
	}
	return strconv.Quote(text)
}

// patternWords put the schema's patterns into words.
var patternWords = map[string]string{
	`^[A-Za-z0-9][A-Za-z0-9._-]*$`: "a string of letters, digits, '.', '_' and '-', starting with a letter or a digit",
	`^[a-z][a-z0-9_-]{0,59}$`:      "a name of up to 60 lower-case letters, digits, '_' and '-', starting with a letter",
	`^[^\x00-\x1f\x7f]*$`:          "a single line of text",
	`^(encoder|detached|reconstruction|decoder[.](0|[1-9][0-9]*))$`: "encoder, detached, reconstruction, or a layer as in decoder.3",
}

// expected describes what a schema allows.
func expected(s *jsonschema.Schema) string {
	s = target(s)
	switch {
	case s.Enum != nil:
		return oneOf(s)
	case hasType(s, "object"):
		return "a mapping"
	case hasType(s, "array"):
		return "a list"
	case hasType(s, "boolean"):
		return "true or false"
	case hasType(s, "integer"):
		return "an integer" + lowerBound(s)
	case hasType(s, "number"):
		return "a number" + lowerBound(s)
	case s.Pattern != nil:
		return patternWords[s.Pattern.String()]
	}
	return "a string"
}

func oneOf(s *jsonschema.Schema) string {
	names := enumNames(s)
	if len(names) == 1 {
		return names[0]
	}
	return "one of " + strings.Join(names, ", ")
}

func enumNames(s *jsonschema.Schema) []string {
	names := make([]string, len(s.Enum.Values))
	for i, v := range s.Enum.Values {
		names[i] = fmt.Sprint(v)
	}
	return names
}

func lowerBound(s *jsonschema.Schema) string {
	switch {
	case s.Minimum != nil:
		return " >= " + number(s.Minimum)
	case s.ExclusiveMinimum != nil:
		return " > " + number(s.ExclusiveMinimum)
	}
	return ""
}

func number(r *big.Rat) string {
	return strings.TrimSuffix(strings.TrimRight(r.FloatString(6), "0"), ".")
}
