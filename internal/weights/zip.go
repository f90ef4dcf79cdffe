package weights

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
)

const zipMagic = "PK\x03\x04"

// archive is the zip file that torch.save writes since PyTorch 1.6: a folder
// with data.pkl, the pickle, and data/KEY, the storages. Nothing in it is
// compressed, so its entries are parts of the file.
type archive struct {
	content []byte
	entries map[string]*zip.File // by path within the folder
	stored  map[string][]byte    // the storages met so far
	left    int                  // bytes that the storages still to come can have
}

func readZip(b []byte) (*Source, error) {
	a, err := openArchive(b)
	if err != nil {
		return nil, err
	}
	data, err := a.entry("data.pkl")
	if err != nil {
		return nil, err
	}
	var u unpickler
	root, _, err := u.decode(data)
	if err != nil {
		return nil, err
	}
	return sourceIn(root, a.storage)
}

func openArchive(b []byte) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("%w: the file is cut off or damaged\nget a whole copy", err)
	}
	a := &archive{content: b, entries: make(map[string]*zip.File, len(z.File)), stored: map[string][]byte{}, left: len(b)}
	for _, file := range z.File {
		_, name, ok := strings.Cut(file.Name, "/")
		if !ok {
			continue
		}
		if _, twice := a.entries[name]; twice {
			return nil, fmt.Errorf("the archive has %.100q twice", name)
		}
		a.entries[name] = file
	}
	if a.entries["data.pkl"] == nil {
		return nil, errors.New("a zip file, but none that torch.save made")
	}
	if a.entries["constants.pkl"] != nil {
		return nil, errors.New("a TorchScript program, not a state_dict\n" +
			"save just the weights in Python: torch.save(torch.jit.load(path).state_dict(), ...)")
	}
	if a.entries["byteorder"] != nil {
		order, err := a.entry("byteorder")
		if err != nil {
			return nil, err
		}
		if string(order) != "little" {
			return nil, fmt.Errorf("byte order %.20q; only little is read", order)
		}
	}
	return a, nil
}

// entry is the content of one entry, its CRC-32 checked unless it is 0, which
// torch.save writes where it was told not to compute it.
func (a *archive) entry(name string) ([]byte, error) {
	file := a.entries[name]
	if file == nil {
		return nil, fmt.Errorf("the archive lacks %.100q", name)
	}
	if file.Method != zip.Store || file.CompressedSize64 != file.UncompressedSize64 {
		return nil, fmt.Errorf("%.100q is compressed, which torch.save never does", name)
	}
	at, err := file.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("%.100q: %w", name, err)
	}
	size := file.UncompressedSize64
	if at < 0 || at > int64(len(a.content)) || size > uint64(int64(len(a.content))-at) {
		return nil, fmt.Errorf("%.100q is cut off", name)
	}
	b := a.content[at : at+int64(size) : at+int64(size)]
	if file.CRC32 != 0 && file.CRC32 != crc32.ChecksumIEEE(b) {
		return nil, fmt.Errorf("%.100q is damaged: its CRC-32 does not fit", name)
	}
	return b, nil
}

// storage is the bytes of a storage.
func (a *archive) storage(s *storage) ([]byte, error) {
	if b, ok := a.stored[s.key]; ok {
		return b, nil
	}
	b, err := a.entry("data/" + s.key)
	if err != nil {
		return nil, err
	}
	// Entries that overlap could make a small file take long to check.
	if a.left -= len(b); a.left < 0 {
		return nil, errors.New("the archive's entries overlap")
	}
	a.stored[s.key] = b
	return b, nil
}
