package config

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// definitions holds one file per built-in definition.
//
//go:embed definitions/*.yaml
var definitions embed.FS

// Builtin is a definition that needs no file.
type Builtin struct {
	Name, Description string
}

// Builtins lists the built-in definitions by name.
func Builtins() []Builtin {
	var all []Builtin
	for _, name := range builtinNames() {
		var about struct{ Description string }
		if text, err := BuiltinYAML(name); err == nil {
			_ = yaml.Unmarshal(text, &about) // the tests load every one
		}
		all = append(all, Builtin{Name: name, Description: about.Description})
	}
	return all
}

// SchemaFile is what a copy of the schema is called beside a definition.
const SchemaFile = "definition.schema.json"

// Modeline is the first line of a definition for editors: where its schema is. The
// built-in ones name the schema's place in the repository, their copies SchemaFile.
func Modeline(schema string) string { return "# yaml-language-server: $schema=" + schema + "\n" }

// BuiltinYAML returns the source of a built-in definition, comments included. Its
// modeline names SchemaFile.
func BuiltinYAML(name string) ([]byte, error) {
	text, err := definitions.ReadFile("definitions/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no built-in definition %q\n  %s", name, didYouMean(name, builtinNames()))
	}
	return bytes.Replace(text, []byte(Modeline("../schema.json")), []byte(Modeline(SchemaFile)), 1), nil
}

func builtinNames() []string {
	entries, _ := definitions.ReadDir("definitions") // embedded, so it is there
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), path.Ext(e.Name()))
	}
	return names
}
