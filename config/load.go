package config

import (
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Load returns a complete and checked definition: every experiment's Train is
// filled in, and every default is explicit.
//
// The definition is the name of a built-in one or, if there is none of that
// name, the path of a YAML file. A file may name another definition as its base
// and contain only the differences: name and description are not inherited,
// lists are replaced as a whole, and NAME: null removes an auto-encoder,
// aggregation or classifier. Each of sets overrides one key, as in "train.epochs=5"; the value
// is YAML.
//
// A folder of images that the definition names is listed, and nothing read in it.
//
// An invalid definition gives an *Error.
func Load(nameOrPath string, sets []string) (*Definition, error) {
	return LoadAt(nameOrPath, sets, "")
}

// LoadAt is Load where the definition's folder of images, if it has one, lies at
// folder instead of at data.path. The definition stays the same.
func LoadAt(nameOrPath string, sets []string, folder string) (*Definition, error) {
	r, err := Resolve(nameOrPath, Overrides{Sets: sets, Folder: folder})
	if err != nil {
		return nil, err
	}
	return r.Definition, nil
}

// Resolve is LoadAt with what the user has set beside the definition, and tells the
// origin of every value.
func Resolve(nameOrPath string, o Overrides) (*Resolved, error) {
	schema, err := compileSchema()
	if err != nil {
		return nil, err
	}
	l := loader{schema: schema, folder: o.Folder}
	l.addFiles(nameOrPath)
	if o.User != nil {
		l.addUser(o.User)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Environment)) {
		l.sources = append(l.sources, parseInline(name, o.Environment[name].Key+"="+o.Environment[name].Value, schema))
	}
	for _, set := range o.Sets {
		l.sources = append(l.sources, parseInline(flagName, set, schema))
	}
	d, err := l.definition()
	if err != nil {
		return nil, err
	}
	return &Resolved{Definition: d, sources: l.sources}, nil
}

// loader merges sources.
type loader struct {
	schema *jsonschema.Schema
	// sources in order of precedence, lowest first.
	sources []*source
	// file is the index of the source that the user named.
	file int
	// fileName is the definition's name unless it sets one.
	fileName string
	// folder of images, instead of data.path.
	folder string
}

// definition merges the sources, fills in defaults and checks the result.
func (l *loader) definition() (*Definition, error) {
	c := &checker{sources: l.sources, file: l.file}
	for _, s := range l.sources {
		c.problems = append(c.problems, s.problems...)
	}
	if c.isAllSpoiled() {
		return nil, newError(c.problems)
	}
	c.removeEntries()
	c.settleAlternatives()
	merged := merge(l.sources)
	// Each source is valid on its own; their combination may not be.
	if wrong := compare(merged, l.schema); len(wrong) > 0 {
		for _, m := range wrong {
			c.addMismatch(m)
		}
		return nil, newError(c.problems)
	}
	d, err := decode(merged)
	if err != nil {
		return nil, err
	}
	if d.Name == "" {
		d.Name = l.fileName
	}
	c.listFolders(d, l.folder)
	d.resolve()
	c.check(d)
	if err := newError(c.problems); err != nil {
		return nil, err
	}
	return d, nil
}
