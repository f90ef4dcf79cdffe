package weights

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"aeprobe/internal/pickle"
)

// Source is a weights file from anywhere. Fit picks a network's tensors from it.
type Source struct {
	// tables are its dicts, in breadth-first order.
	tables []*table
	// stored returns a storage's bytes.
	stored func(*storage) ([]byte, error)
	file   []byte
	format string
}

// SHA256 is that of the whole file, in hexadecimal, as it was read.
func (s *Source) SHA256() string {
	sum := sha256.Sum256(s.file)
	return hex.EncodeToString(sum[:])
}

// Open reads a safetensors file or one that torch.save wrote, whichever the
// content says. A PyTorch file may hold its tensors in nested dicts, among any
// other objects. The error wraps ErrChecksum or fs.ErrNotExist as Read's does.
func Open(path string) (*Source, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	s, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.file = b
	return s, nil
}

func parse(b []byte) (*Source, error) {
	switch {
	case len(b) > 8 && b[8] == '{':
		f, err := ReadSafetensors(b)
		if err != nil {
			return nil, err
		}
		s := sourceOf(f)
		s.format = "safetensors"
		return s, nil
	case bytes.HasPrefix(b, []byte(zipMagic)):
		return source("PyTorch", readZip, b)
	case isLegacy(b):
		return source("PyTorch before 1.6", readLegacy, b)
	}
	return nil, unknown(b)
}

func source(format string, read func([]byte) (*Source, error), b []byte) (*Source, error) {
	s, err := read(b)
	if err != nil {
		return nil, fmt.Errorf("PyTorch file: %w", err)
	}
	s.format = format
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

// formats are files mistaken for weights, by their first bytes.
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
