// Package weights reads and writes named arrays: networks, their optimizers'
// state, features.
//
// There are two ways to read weights, and no third:
//
//   - Read and Match are for files that this program wrote. Names, types and
//     shapes must be those wanted, to the letter.
//   - Open and Fit are for files from anywhere, safetensors or what torch.save
//     made. They find the one network wanted, whatever lies beside it, strip
//     what its names begin with, convert it to float32, and note each of these.
//
// It writes safetensors and .npy files.
//
// Reading never runs code that a file names or panics, and allocates at most
// some 30 times the file's size, an honest file's 1 to 2 times; a hostile pickle
// may add about 100 MB. What is damaged or ambiguous is an error.
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
	// Metadata are free texts beside the tensors; only safetensors keep them.
	Metadata map[string]string
	// Notes say what Fit did to get the tensors, a line each.
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
