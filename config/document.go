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

// maxSize of a definition in bytes. A network of a thousand layers takes a third
// of it; parsing a hostile file takes about 200 times its size.
const maxSize = 1 << 18

// parse reads a YAML file, which must hold a single document.
func parse(name string, text []byte, schema *jsonschema.Schema) *source {
	root, err := decodeOne(text)
	if err != nil {
		return unreadable(syntaxProblem(name, text, err))
	}
	if root.Kind != yaml.MappingNode {
		return unreadable(Problem{
			File: name, Line: root.Line, Column: root.Column,
			Message: "expected a mapping of keys to values, found " + found(root),
		})
	}
	return newSource(name, root, schema)
}

// unreadable is a source that holds only a problem. A flag's problem spoils its
// key, a file's spoils everything.
func unreadable(p Problem) *source {
	s := &source{name: p.File, root: &yaml.Node{Kind: yaml.MappingNode}, problems: []Problem{p}}
	if !isInline(p.File) || p.Key != "" {
		s.spoiled = []string{p.Key}
	}
	return s
}

// decodeOne parses a single document and returns its root. An empty text is an
// empty mapping.
func decodeOne(text []byte) (*yaml.Node, error) {
	if len(text) > maxSize {
		return nil, fmt.Errorf("longer than %d bytes", maxSize)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, next yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}, nil
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&next); err == nil {
		return nil, fmt.Errorf("line %d: expected one document, a second one starts here", next.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return document.Content[0], nil
}

var lineInError = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?((?s).*)`)

// syntaxProblem moves the line number from the parser's message to the problem.
func syntaxProblem(name string, text []byte, err error) Problem {
	m := lineInError.FindStringSubmatch(err.Error())
	p := Problem{File: name, Message: "cannot parse YAML: " + m[2]}
	p.Line, _ = strconv.Atoi(m[1]) // 0 if it has none
	if strings.HasPrefix(m[2], "did not find expected") {
		p.Line++ // only these messages count lines from 0
	}
	if strings.Contains(m[2], "cannot start any token") && bytes.ContainsRune(text, '\t') {
		p.Hint = "indent with spaces: YAML does not allow tabs there"
	}
	return p
}
