package weights

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"aeprobe/internal/atomicfile"
)

// descriptions are NumPy's names for the types that it has.
var descriptions = map[DType]string{
	Bool: "|b1", U8: "|u1", U16: "<u2", U32: "<u4", U64: "<u8", I8: "|i1", I16: "<i2", I32: "<i4", I64: "<i8",
	F16: "<f2", F32: "<f4", F64: "<f8", C64: "<c8",
}

// WriteNPZ writes arrays as numpy.savez does, and as atomicfile.Write does, by their
// names. The metadata is left out. It fails, before it writes, on an array that
// WriteSafetensors refuses, and on types that NumPy does not have.
func WriteNPZ(path string, f *File) error {
	if err := f.writableAs("NumPy", descriptions); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return atomicfile.Write(path, f.npz)
}

func (f *File) npz(w io.Writer) error {
	z := newZipWriter(w)
	for _, name := range f.Names() {
		a := f.Tensors[name]
		z.add(name+".npy", headerNPY(descriptions[a.DType], a.Shape), a.Data)
	}
	return z.close()
}

// IsNPZ reports whether path is, to the byte, what WriteNPZ makes of f. The error wraps
// fs.ErrNotExist where there is no file.
func IsNPZ(path string, f *File) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	there, want := sha256.New(), sha256.New()
	if _, err := io.Copy(there, file); err != nil {
		return false, err
	}
	if err := f.npz(want); err != nil {
		return false, err
	}
	return bytes.Equal(there.Sum(nil), want.Sum(nil)), nil
}

// writableAs returns an error where f cannot be written as a program that has the
// given types reads it.
func (f *File) writableAs(program string, types map[DType]string) error {
	if err := writable(&File{Tensors: f.Tensors}); err != nil {
		return err
	}
	for _, name := range f.Names() {
		if dtype := f.Tensors[name].DType; types[dtype] == "" {
			return fmt.Errorf("tensor %.100q: %s has no type %s", name, program, dtype.torch())
		}
	}
	return nil
}
