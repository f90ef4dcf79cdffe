package weights

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"aeprobe/internal/pickle"
)

// Source is a file of weights from anywhere. Which of its tensors are a
// network's is not known before Fit is told what network that is.
type Source struct {
	// tables are its dicts, those nearest to the file's root first.
	tables []*table
	// stored returns a storage's bytes.
	stored func(*storage) ([]byte, error)
}

// Open reads a safetensors file, or what torch.save made: its content tells
// which. The latter may hold tensors in dicts of dicts, beside anything else.
func Open(path string) (*Source, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	s, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func parse(b []byte) (*Source, error) {
	switch {
	case len(b) > 8 && b[8] == '{':
		f, err := ReadSafetensors(b)
		if err != nil {
			return nil, err
		}
		return sourceOf(f), nil
	case bytes.HasPrefix(b, []byte(zipMagic)):
		return source(readZip(b))
	case isLegacy(b):
		return source(readLegacy(b))
	}
	return nil, unknown(b)
}

func source(s *Source, err error) (*Source, error) {
	if err != nil {
		return nil, fmt.Errorf("PyTorch file: %w", err)
	}
	return s, nil
}

// sourceOf is a source of one table.
func sourceOf(f *File) *Source {
	d := &pickle.Dict{}
	for _, name := range f.Names() {
		d.Set(name, f.Tensors[name])
	}
	return &Source{tables: []*table{{dict: d}}}
}

// array is a value of a table, which must be a tensor.
func (s *Source) array(v any) (Array, error) {
	if a, ok := v.(Array); ok {
		return a, nil
	}
	t, ok := v.(*tensor)
	if !ok {
		return Array{}, fmt.Errorf("a %s, not a tensor", typeName(v))
	}
	if _, err := t.bytes(); err != nil {
		return Array{}, err
	}
	stored, err := s.stored(t.view.storage)
	if err != nil {
		return Array{}, err
	}
	b, err := t.rowMajor(stored)
	return Array{DType: t.dtype, Shape: t.shape, Data: b}, err
}

// formats are files that people take for weights, by their beginnings.
var formats = []struct{ magic, is, remedy string }{
	{"version https://git-lfs", "a Git LFS pointer, not the file itself", "get that with git lfs pull"},
	{"<", "a web page, not the file itself", "download it again, with the address of the raw file"},
	{"\x1f\x8b", "compressed with gzip", "unpack it with gunzip"},
	{"\x89HDF", "an HDF5 file, as Keras writes them", "load it in Python and write it " + asWeights},
	{npyMagic, "a NumPy array", "write a dict of tensors in Python " + asWeights},
	{"", "neither a safetensors file nor one that torch.save wrote", "write one in Python " + asWeights},
}

const asWeights = "with safetensors.torch.save_file(model.state_dict(), path) or torch.save(model.state_dict(), path)"

func unknown(b []byte) error {
	if len(b) == 0 {
		return errors.New("the file is empty\nget a whole copy")
	}
	for _, f := range formats {
		if strings.HasPrefix(string(b[:min(len(b), 64)]), f.magic) {
			return errors.New(f.is + "\n" + f.remedy)
		}
	}
	return nil
}
