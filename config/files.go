package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "embed"
)

// defaults is the source that all others override.
//
//go:embed defaults.yaml
var defaults []byte

const defaultsName = "built-in defaults"

// file is a definition's text and its location.
type file struct {
	// name is what errors call it.
	name string
	// dir is the folder that the path of its base is relative to.
	dir string
	// identity is the same for every path to the same file.
	identity string
	text     []byte
}

// addFiles adds a definition's sources: the defaults, its bases, itself.
func (l *loader) addFiles(nameOrPath string) {
	l.fileName = strings.TrimSuffix(filepath.Base(nameOrPath), filepath.Ext(nameOrPath))
	f, err := find(nameOrPath, "")
	if err != nil {
		l.sources = []*source{unreadable(Problem{File: nameOrPath, Message: err.message, Hint: err.hint})}
		return
	}
	chain := []file{f}
	top := parse(f.name, f.text, l.schema)
	l.sources = []*source{top}
	for s := top; ; {
		if s.isSpoiled("base") {
			s.spoiled = append(s.spoiled, "") // a missing key may be in its base
		}
		base, isBased := s.values["base"].(string)
		delete(s.values, "base")
		if !isBased {
			break
		}
		f, err := find(base, chain[len(chain)-1].dir)
		if err != nil {
			s.addFatal("base", err.message, err.hint)
			break
		}
		if i := slices.IndexFunc(chain, func(c file) bool { return c.identity == f.identity }); i >= 0 {
			s.addFatal("base", "bases form a cycle: "+cycle(append(chain[i:], f)), "")
			break
		}
		chain = append(chain, f)
		s = parse(f.name, f.text, l.schema)
		delete(s.values, "name")
		delete(s.values, "description")
		l.sources = append(l.sources, s)
	}
	l.sources = append(l.sources, parse(defaultsName, defaults, l.schema))
	slices.Reverse(l.sources)
	l.file = len(l.sources) - 1
}

// addFatal records a problem that makes the rest meaningless.
func (s *source) addFatal(key, message, hint string) {
	s.add(splitKey(key), s.locate(splitKey(key)).node(), message, hint)
	s.spoiled = append(s.spoiled, "")
}

func cycle(files []file) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.name
	}
	return strings.Join(names, " -> ")
}

// findError explains why a definition cannot be read.
type findError struct{ message, hint string }

// find looks for a definition: a built-in of that name, or else a path relative
// to dir.
func find(nameOrPath, dir string) (file, *findError) {
	if text, err := BuiltinYAML(nameOrPath); err == nil {
		name := "built-in " + nameOrPath
		return file{name: name, identity: name, text: text}, nil
	}
	path := nameOrPath
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	text, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		hint := didYouMean(nameOrPath, builtinNames())
		return file{}, &findError{fmt.Sprintf("there is no file %s and no built-in definition %q", path, nameOrPath), hint}
	} else if errors.Is(err, fs.ErrPermission) {
		return file{}, &findError{err.Error(), "check the permissions of the file and of the folders above it"}
	} else if err != nil {
		return file{}, &findError{message: err.Error()}
	}
	return file{name: path, dir: filepath.Dir(path), identity: identity(path), text: text}, nil
}

// readFile reads a regular file, up to one byte more than maxSize.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path) // a pipe might never end
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

// identity is the absolute path with links resolved, as far as possible.
func identity(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return path
}
