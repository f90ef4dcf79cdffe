package weights

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// checksumKey is the metadata key of the checksum. It is not in
// File.Metadata.
const checksumKey = "aeprobe.sha256"

// ErrChecksum says that a file's content is not what was written: the disk, a
// copy or another program changed it.
var ErrChecksum = errors.New("the checksum does not fit the content")

// checksum is the SHA-256 of everything in f: the number of metadata entries,
// each key and value, then each tensor's name, type, shape and data, sorted by
// key and name; each of them after its length in bytes. Lengths and numbers
// have 8 bytes, little endian. It does not depend on the order or layout of the
// file, so a copy made by another program keeps it.
func checksum(f *File) string {
	h := sha256.New()
	number := func(n int) {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	}
	field := func(b []byte) {
		number(len(b))
		h.Write(b)
	}
	number(len(f.Metadata))
	for _, key := range slices.Sorted(maps.Keys(f.Metadata)) {
		field([]byte(key))
		field([]byte(f.Metadata[key]))
	}
	for _, name := range f.Names() {
		a := f.Tensors[name]
		field([]byte(name))
		field([]byte(a.DType))
		number(8 * len(a.Shape))
		for _, d := range a.Shape {
			number(d)
		}
		field(a.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// verify moves the checksum out of the metadata and compares it.
func verify(f *File) error {
	want, ok := f.Metadata[checksumKey]
	if !ok {
		return nil
	}
	delete(f.Metadata, checksumKey)
	if got := checksum(f); got != want {
		return fmt.Errorf("%w: SHA-256 %s, written as %.64q\nuse another copy; if it was changed on purpose, remove %q from its metadata",
			ErrChecksum, got, want, checksumKey)
	}
	f.Checksum = want
	return nil
}
