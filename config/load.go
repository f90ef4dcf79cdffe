package config

import "github.com/santhosh-tekuri/jsonschema/v6"

// Load returns a checked definition with nothing left open: every
// experiment's Train is complete and every default is written out.
//
// The definition is a built-in's name or, if there is none of that name, the
// path of a YAML file. A file may name another definition as its base and
// then hold just the differences; name and description aren't inherited, lists
// are replaced whole, and NAME: null takes an auto-encoder or classifier out.
// Each of sets overrides one key, as in "train.epochs=5"; the value is YAML.
//
// What is wrong with a definition is returned as an *Error.
func Load(nameOrPath string, sets []string) (*Definition, error) {
	schema, err := compileSchema()
	if err != nil {
		return nil, err
	}
	l := loader{schema: schema}
	l.addFiles(nameOrPath)
	for _, set := range sets {
		l.sources = append(l.sources, parseSet(set, schema))
	}
	return l.definition()
}

// loader lays sources over each other.
type loader struct {
	schema *jsonschema.Schema
	// sources in order: what is later wins.
	sources []*source
	// file is the index of the source that the user named.
	file int
	// fileName is the definition's name if it doesn't say one itself.
	fileName string
}

// definition merges the sources, resolves what they leave open and checks the
// result.
func (l *loader) definition() (*Definition, error) {
	c := &checker{sources: l.sources, file: l.file}
	for _, s := range l.sources {
		c.problems = append(c.problems, s.problems...)
	}
	if c.isAllSpoiled() {
		return nil, newError(c.problems)
	}
	c.takeOut()
	merged := merge(l.sources)
	// Once more, in case merging made of right parts a wrong whole.
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
	d.resolve()
	c.check(d)
	if err := newError(c.problems); err != nil {
		return nil, err
	}
	return d, nil
}
