package weights

import (
	"archive/zip"
	"bytes"
	"testing"
)

// FuzzReadZip reads whole archives.
func FuzzReadZip(f *testing.F) {
	for _, name := range []string{"types.pt", "network_no_crc.pt", "views.pt", "nested.pt", "expanded.pt"} {
		f.Add(fixture(f, name))
	}
	f.Add(archived(f, pickleDict("x", two), eightBytes))
	f.Add(zipped(f, zip.Deflate, "a/data.pkl", "xxxxxxxxxxxxxxxx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := readZip(b)
		if err == nil {
			checkFile(t, file, len(b))
		}
	})
}

// FuzzReadPickle puts a pickle into an archive whose checksums fit, which
// FuzzReadZip hardly ever gets past.
func FuzzReadPickle(f *testing.F) {
	for _, name := range []string{"types.pt", "network_protocol5.pt", "views.pt", "nested.pt", "parameters.pt", "sparse.pt"} {
		a, err := openArchive(fixture(f, name))
		if err != nil {
			f.Fatal(err)
		}
		b, err := a.entry("data.pkl")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(pickleDict("x", two) + "."))
	stored := string(bytes.Repeat([]byte{1, 2, 3, 4}, 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		content := zipped(t, zip.Store, "a/data.pkl", string(b),
			"a/data/0", stored[:8], "a/data/1", stored[:24], "a/data/2", stored[:96], "a/data/3", stored)
		file, err := readZip(content)
		if err == nil {
			checkFile(t, file, len(content))
		}
	})
}

// FuzzReadLegacy reads what follows the header of a legacy file.
func FuzzReadLegacy(f *testing.F) {
	for _, name := range []string{"types_legacy.pt", "network_legacy.pt", "channels_last_legacy.pt"} {
		b := fixture(f, name)
		at, err := legacyHeader(b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:at], b[at:])
	}
	f.Add([]byte(legacyHead), legacyFile(pickleDict("x", two), "]("+pickleStr("0")+"e", twoElements+eightBytes)[len(legacyHead):])
	f.Fuzz(func(t *testing.T, head, rest []byte) {
		b := append(bytes.Clone(head), rest...)
		file, err := readLegacy(b)
		if err == nil {
			checkFile(t, file, len(b))
		}
	})
}
