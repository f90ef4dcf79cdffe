// Package weights reads and writes named arrays: networks, their optimizers'
// state, features.
//
// There are two ways to read weights:
//
//   - Read and Match, for checkpoints that this program wrote, are strict:
//     names, types and shapes must match exactly. Nothing is converted.
//   - Open and Fit, for safetensors and PyTorch files from anywhere, find the
//     network wanted among everything else in the file, strip a prefix from its
//     names, convert it to float32, and note each such step.
//
// It writes safetensors, PyTorch, .npz and .npy files.
//
// Reading never panics and never runs code that a file names. It allocates at
// most about 30 times the file's size (1 to 2 times for an honest file), plus
// about 100 MB for a hostile pickle. A damaged or ambiguous file is an error.
package weights

import (
	"fmt"
	"maps"
	"os"
	"slices"
)

// File is what a file of weights holds.
type File struct {
	// Tensors by name, as PyTorch names them: encoder.0.weight.
	Tensors map[string]Array
	// Metadata is free text; only safetensors files have it.
	Metadata map[string]string
	// Notes says what Fit did to get the tensors, one line per step.
	Notes []string
	// Checksum is set by reading: the SHA-256, in hexadecimal, that the file
	// carries and that its content was found to have. It is empty where the
	// file carries none, as files of other programs. Writing ignores it.
	Checksum string
}

// Names are the tensors' names, sorted.
func (f *File) Names() []string {
	return slices.Sorted(maps.Keys(f.Tensors))
}

// Read reads a safetensors file. The error wraps ErrChecksum where the file
// carries a checksum that does not fit, and fs.ErrNotExist where there is no
// file.
func Read(path string) (*File, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	f, err := ReadSafetensors(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
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
