package weights

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"aeprobe/internal/atomicfile"
)

// WriteSafetensors writes a safetensors file with a checksum, as atomicfile.Write
// does. The same content gives the same bytes. It fails, before it writes, on
// an array whose data does not fit its type and shape, on names and metadata
// that are not valid UTF-8, and on a tensor named __metadata__.
func WriteSafetensors(path string, f *File) error {
	if err := writable(f); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return encodeSafetensors(w, f) })
}

func writable(f *File) error {
	for _, name := range f.Names() {
		if name == metadataKey || !utf8.ValidString(name) {
			return fmt.Errorf("%.100q cannot be a tensor's name", name)
		}
		if err := f.Tensors[name].check(); err != nil {
			return fmt.Errorf("tensor %.100q: %w", name, err)
		}
	}
	for key, value := range f.Metadata {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return fmt.Errorf("the metadata %.100q is not valid UTF-8", key)
		}
		if key == checksumKey {
			return fmt.Errorf("the metadata key %q is kept for the checksum", key)
		}
	}
	return nil
}

func encodeSafetensors(w io.Writer, f *File) error {
	names := f.Names()
	// Wide elements first and by name, as the official library has it: each
	// array then begins at a multiple of its elements' size.
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(f.Tensors[b].DType.Size(), f.Tensors[a].DType.Size())
	})
	header, err := encodeHeader(f, names)
	if err != nil {
		return err
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := w.Write(f.Tensors[name].Data); err != nil {
			return err
		}
	}
	return nil
}

// encodeHeader writes the JSON header of tensors in the given order, filled up
// with spaces to a multiple of 8 bytes.
func encodeHeader(f *File, names []string) ([]byte, error) {
	metadata := maps.Clone(f.Metadata)
	if metadata == nil {
		metadata = map[string]string{}
	}
	metadata[checksumKey] = checksum(f)

	var b bytes.Buffer
	b.WriteByte('{')
	if err := encodeItem(&b, metadataKey, metadata); err != nil {
		return nil, err
	}
	at := 0
	for _, name := range names {
		a := f.Tensors[name]
		shape := a.Shape
		if shape == nil {
			shape = []int{} // null would not be read
		}
		b.WriteByte(',')
		e := entry{DType: a.DType, Shape: shape, Offsets: []int{at, at + len(a.Data)}}
		if err := encodeItem(&b, name, e); err != nil {
			return nil, err
		}
		at += len(a.Data)
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	return b.Bytes(), nil
}

func encodeItem[T entry | map[string]string](b *bytes.Buffer, name string, value T) error {
	key, err := json.Marshal(name)
	if err != nil {
		return err
	}
	v, err := json.Marshal(value) // a map's keys are sorted
	if err != nil {
		return err
	}
	b.Write(key)
	b.WriteByte(':')
	b.Write(v)
	return nil
}
