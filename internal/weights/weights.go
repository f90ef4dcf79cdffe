// Package weights reads and writes named arrays: networks, their optimizers'
// state, features.
//
// It writes safetensors and .npy files. It reads these, and what torch.save
// makes of a state_dict: the zip files of PyTorch 1.6 and later and the plain
// pickles of those before.
//
// Files may come from anywhere. Reading one never runs code that it names or
// panics, and allocates at most some 20 times its size, an honest file's 1 to 2
// times; a hostile pickle may add about 100 MB. What is damaged, unknown or
// ambiguous is an error.
package weights

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
)

// File is what a file of weights holds.
type File struct {
	// Tensors by name, as PyTorch names them: encoder.0.weight.
	Tensors map[string]Array
	// Metadata are free texts beside the tensors; only safetensors keep them.
	Metadata map[string]string
	// Checksum is set by reading: the SHA-256, in hexadecimal, that the file
	// carries and that its content was found to have. It is empty where the
	// file carries none, as files of other programs. Writing ignores it.
	Checksum string
}

// Names are the tensors' names, sorted.
func (f *File) Names() []string {
	return slices.Sorted(maps.Keys(f.Tensors))
}

// Read reads a safetensors file or a PyTorch state_dict; the content tells
// which. The error wraps ErrChecksum where the file carries a checksum that
// does not fit, and fs.ErrNotExist where there is no file.
func Read(path string) (*File, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	f, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func parse(b []byte) (*File, error) {
	if len(b) > 8 && b[8] == '{' {
		return ReadSafetensors(b)
	}
	if bytes.HasPrefix(b, []byte(zipMagic)) || bytes.HasPrefix(b, []byte("\x80")) {
		return ReadStateDict(b)
	}
	return nil, errors.New("neither a safetensors file nor a PyTorch state_dict\n" +
		"write one in Python with safetensors.torch.save_file(model.state_dict(), path) or torch.save(model.state_dict(), path)")
}

// readFile is os.ReadFile for regular files: a pipe or a device could block or
// never end.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	return os.ReadFile(path)
}
