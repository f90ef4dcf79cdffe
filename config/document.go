package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// maxSize of a definition in bytes: a network of a thousand layers takes a
// third of it. Parsed, a hostile one is some 200 times as large.
const maxSize = 1 << 18

// parse reads a YAML file's one document.
func parse(name string, text []byte, schema *jsonschema.Schema) *source {
	root, err := decodeOne(text)
	if err != nil {
		return unreadable(syntaxProblem(name, text, err))
	}
	if root.Kind != yaml.MappingNode {
		return unreadable(Problem{
			File: name, Line: root.Line, Column: root.Column,
			Message: "expected keys and values, found " + found(root),
		})
	}
	return newSource(name, root, schema)
}

// unreadable is a source that holds a problem and nothing else; of a flag that
// is one key's problem, of a file everything's.
func unreadable(p Problem) *source {
	s := &source{name: p.File, root: &yaml.Node{Kind: yaml.MappingNode}, problems: []Problem{p}}
	if p.File != flagName || p.Key != "" {
		s.spoiled = []string{p.Key}
	}
	return s
}

// decodeOne parses a text of one document and returns the document's root. A
// text without any is an empty mapping.
func decodeOne(text []byte) (*yaml.Node, error) {
	if len(text) > maxSize {
		return nil, fmt.Errorf("it is longer than %d bytes", maxSize)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, next yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}, nil
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&next); err == nil {
		return nil, fmt.Errorf("line %d: a second document starts here", next.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return document.Content[0], nil
}

var lineInError = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?((?s).*)`)

// syntaxProblem takes the line out of the parser's message.
func syntaxProblem(name string, text []byte, err error) Problem {
	m := lineInError.FindStringSubmatch(err.Error())
	p := Problem{File: name, Message: "can't be read as YAML: " + m[2]}
	p.Line, _ = strconv.Atoi(m[1]) // 0 where it doesn't say
	if strings.HasPrefix(m[2], "did not find expected") {
		p.Line++ // of these alone the parser counts lines from 0
	}
	if strings.Contains(m[2], "cannot start any token") && bytes.ContainsRune(text, '\t') {
		p.Hint = "indent with spaces, YAML has no tabs there"
	}
	return p
}
