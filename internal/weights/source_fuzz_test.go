package weights

import (
	"archive/zip"
	"bytes"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzReadZip reads whole archives.
func FuzzReadZip(f *testing.F) {
	for _, name := range []string{"types.pt", "network_no_crc.pt", "views.pt", "nested.pt", "expanded.pt", "averaged.pt", "two.pt"} {
		f.Add(fixture(f, name))
	}
	f.Add(archived(f, pickleDict("x", two), eightBytes))
	f.Add(zipped(f, zip.Deflate, "a/data.pkl", "xxxxxxxxxxxxxxxx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := readZip(b)
		if err == nil {
			checkSource(t, s, len(b))
		}
	})
}

// FuzzReadPickle puts a pickle into an archive whose checksums fit, which
// FuzzReadZip hardly ever gets past.
func FuzzReadPickle(f *testing.F) {
	for _, name := range []string{"types.pt", "network_protocol5.pt", "views.pt", "nested.pt", "parameters.pt", "sparse.pt",
		"neighbours.pt", "neighbours_protocol5.pt", "float8.pt", "half.pt", "expanded_bias.pt"} {
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
		s, err := readZip(content)
		if err == nil {
			checkSource(t, s, len(content))
		}
	})
}

// FuzzReadLegacy reads what follows the header of a legacy file.
func FuzzReadLegacy(f *testing.F) {
	for _, name := range []string{"types_legacy.pt", "network_legacy.pt", "channels_last_legacy.pt",
		"python2_checkpoint.pt", "python2_protocol1.pt", "torch0.3.pt", "neighbours_legacy.pt"} {
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
		s, err := readLegacy(b)
		if err == nil {
			checkSource(t, s, len(b))
		}
	})
}

// checkSource reads all that a source holds, up to some times the file's size,
// and looks for networks in it.
func checkSource(t *testing.T, s *Source, size int) {
	t.Helper()
	if len(s.tables) == 0 {
		t.Error("a source without tables")
	}
	left := 4 * size
	for _, table := range s.tables {
		f := &File{Tensors: map[string]Array{}}
		for _, item := range table.dict.Items {
			name, named := item.Key.(string)
			if !named || len(name) > 100 {
				continue
			}
			if x, ok := item.Value.(*tensor); ok {
				n, err := x.bytes()
				if err != nil || n > left {
					continue
				}
				left -= n
			}
			if a, err := s.array(item.Value); err == nil {
				f.Tensors[name] = a
			}
		}
		checkFile(t, f)
		want := specs(f.Tensors)
		if len(want) == 0 || len(want) > 50 {
			continue
		}
		// Others that fit, values that are not finite, and more than is wanted
		// are errors.
		got, _, err := s.Fit(map[string]Spec{"no.such": {F32, nil}}, want)
		if err == nil && !maps.EqualFunc(got.Tensors, f.Tensors, func(a, b Array) bool { return cmp.Equal(a, b, sameData) }) {
			t.Errorf("Fit gives other tensors, with notes %q", got.Notes)
		}
		if err != nil && len(err.Error()) > 10000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	}
}
