package config

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// This file adds what a user has set beside a definition. The rules:
//
//   - The order is the usual one: flags, then variables, then the definition and its
//     bases, then the user's file, then the built-in defaults. What a definition says
//     is never changed by a file that the user may have forgotten.
//   - A variable is a key in capitals with _ for each dot, as in
//     AEPROBE_TRAIN_EPOCHS. Keys with a name in them, such as an auto-encoder's, have
//     none. An empty variable counts as unset.
//   - All is checked against the schema as it was written, before it is merged.

// VariablePrefix begins the names of the environment's variables.
const VariablePrefix = "AEPROBE_"

// Overrides are what a user has set beside a definition.
type Overrides struct {
	// User is the user's file; nil for none.
	User *UserFile
	// Environment is by variable.
	Environment map[string]Assignment
	// Sets are --set flags, as in "train.epochs=5".
	Sets []string
	// Folder of images instead of data.path; empty for none.
	Folder string
}

// Assignment is a key and its value, as YAML.
type Assignment struct{ Key, Value string }

// UserFile is a user's configuration.
type UserFile struct {
	// Path is what errors call it.
	Path string
	// Flags are default values of flags, by name, as written.
	Flags map[string]string
	// definition holds fields for every definition; nil for none.
	definition *yaml.Node
}

// definitionKey is where a user's file has fields of definitions.
const definitionKey = "definition"

// ReadUserFile reads a user's configuration: a mapping of the named flags to their
// default values, and of "definition" to fields. It returns nil if there is no such
// file. An invalid one gives an *Error.
func ReadUserFile(path string, flags []string) (*UserFile, error) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	root, err := decodeOne(text)
	if err != nil {
		return nil, newError([]Problem{syntaxProblem(path, text, err)})
	}
	u := &UserFile{Path: path, Flags: map[string]string{}}
	var problems []Problem
	refuse := func(at *yaml.Node, key, message, hint string) {
		problems = append(problems, Problem{File: path, Line: at.Line, Column: at.Column, Key: key, Message: message, Hint: hint})
	}
	if root.Kind != yaml.MappingNode {
		refuse(root, "", "expected a mapping of keys to values, found "+found(root), "")
	} else {
		for i := 0; i+1 < len(root.Content); i += 2 {
			key, value := root.Content[i], root.Content[i+1]
			switch _, again := u.Flags[key.Value]; {
			case again || key.Value == definitionKey && u.definition != nil:
				refuse(key, key.Value, "duplicate key", "")
			case key.Value == definitionKey && value.Kind == yaml.MappingNode:
				u.definition = value
			case key.Value == definitionKey:
				refuse(value, key.Value, "expected a mapping, found "+found(value), "")
			case !slices.Contains(flags, key.Value):
				refuse(key, key.Value, "unknown key", didYouMean(key.Value, append(slices.Clone(flags), definitionKey)))
			case value.Kind != yaml.ScalarNode || value.Value == "":
				refuse(value, key.Value, "expected a value, found "+found(value), "")
			default:
				u.Flags[key.Value] = value.Value
			}
		}
	}
	if err := newError(problems); err != nil {
		return nil, err
	}
	return u, nil
}

// addUser puts a user's fields between the defaults and the definition's bases.
func (l *loader) addUser(u *UserFile) {
	if u.definition == nil || len(l.sources) == 0 || l.sources[0].name != defaultsName {
		return
	}
	s := newSource(u.Path, u.definition, l.schema)
	for _, key := range []string{"base", "name", "description"} {
		if _, has := s.values[key]; has {
			s.add(splitKey(key), s.locate(splitKey(key)).node(), "cannot be set for every definition", "")
			delete(s.values, key)
		}
	}
	l.sources = slices.Insert(l.sources, 1, s)
	l.file++
}

// Variables are the fields that variables can set, by the variable's name.
func Variables() (map[string]string, error) {
	schema, err := compileSchema()
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	eachField(schema, nil, func(path []string, _ *jsonschema.Schema) {
		if key := joinKey(path); key != "name" && key != "description" && key != "base" {
			all[VariablePrefix+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = key
		}
	})
	return all, nil
}

// eachField calls f with every field that holds no further ones by name: no list's
// items, and nothing below a mapping of free names.
func eachField(s *jsonschema.Schema, path []string, f func(path []string, s *jsonschema.Schema)) {
	s = target(s)
	if len(s.Properties) == 0 {
		if len(s.PatternProperties) == 0 {
			f(path, s)
		}
		return
	}
	for name, inner := range s.Properties {
		eachField(inner, step(path, name), f)
	}
}

// FromEnvironment finds the assignments in an environment of NAME=VALUE. The names
// that are nearly a variable's, and none of the others that are known, come with a
// hint.
func FromEnvironment(environment, known []string) (set map[string]Assignment, hints []string, err error) {
	variables, err := Variables()
	if err != nil {
		return nil, nil, err
	}
	names := slices.Clone(known)
	for name := range variables {
		names = append(names, name)
	}
	set = map[string]Assignment{}
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, VariablePrefix) || value == "" || slices.Contains(known, name) {
			continue
		}
		if key, is := variables[name]; is {
			set[name] = Assignment{key, value}
		} else if near := nearest(strings.TrimPrefix(name, VariablePrefix), trimmed(names)); near != "" {
			hints = append(hints, fmt.Sprintf("%s sets nothing: did you mean %s%s?", name, VariablePrefix, near))
		}
	}
	return set, hints, nil
}

func trimmed(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = strings.TrimPrefix(name, VariablePrefix)
	}
	return all
}
