// Package tensorboard writes what TensorBoard shows: event files and the projector's
// configuration.
//
// An event file is a sequence of records, each an event. The rules: a file begins
// with Version; the steps of a tag rise; whole records alone are added, so that a file
// is well-formed at any moment, but for a last record that is cut off, which
// TensorBoard waits for.
package tensorboard

import (
	"encoding/binary"
	"hash/crc32"
)

// record is a TFRecord: the length (8 bytes), its checksum (4), the data and its
// checksum (4), little endian.
func record(data []byte) []byte {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	b := binary.LittleEndian.AppendUint32(length, masked(length))
	b = append(b, data...)
	return binary.LittleEndian.AppendUint32(b, masked(data))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is a CRC-32C, rotated and moved: a CRC of data that holds CRCs is a weak one.
func masked(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}
