package vision

import (
	"archive/tar"
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hostile are archives that are not to be read, each with its error.
func (s *small) hostile() map[string]struct {
	entries []entry
	want    []string
} {
	type refused = struct {
		entries []entry
		want    []string
	}
	whole := s.entries()
	l, python := s.layouts[0], s.layouts[1]
	first, second, last := l.files[0].name, l.files[1].name, l.files[len(l.files)-1].name
	link := func(kind byte) []entry {
		h := tar.Header{Name: l.folder + "/" + first, Typeflag: kind, Linkname: "/etc/passwd"}
		return append([]entry{{h, nil}}, whole[3:]...)
	}
	cut := plainFile(first, s.file(0)[:100])
	label := plainFile(first, bytes.Repeat([]byte{200}, len(s.file(0))))
	const copied = "\nget a whole copy"
	return map[string]refused{
		"nothing":       {nil, []string{"no file of " + s.title + "'s", "\nname " + l.folder}},
		"other files":   {whole[:2], []string{"no file of " + s.title + "'s", "\nname " + l.folder}},
		"one missing":   {whole[:len(whole)-1], []string{"no " + last, copied}},
		"one twice":     {append(whole, plainFile("other/"+second, s.file(1))), []string{second + " twice", copied}},
		"two layouts":   {append(whole, plainFile(python.files[1].name, s.file(1))), []string{"two layouts", copied}},
		"a symlink":     {link(tar.TypeSymlink), []string{"a link or a folder", copied}},
		"a hard link":   {link(tar.TypeLink), []string{"a link or a folder", copied}},
		"a device":      {link(tar.TypeChar), []string{"a link or a folder", copied}},
		"a short file":  {append([]entry{cut}, whole[3:]...), []string{first + ": byte 100", copied}},
		"a wrong label": {append([]entry{label}, whole[3:]...), []string{first + ": byte 0: image 0 has label 200", copied}},
		"a bomb":        {append([]entry{plainFile("zeros", make([]byte, 4<<20))}, whole...), []string{"far more than " + s.title, copied}},
	}
}

func TestArchiveRefuses(t *testing.T) {
	for _, s := range []*small{newSmall(t), newSmall100(t)} {
		path := filepath.Join(t.TempDir(), s.layouts[0].archive)
		for name, c := range s.hostile() {
			t.Run(s.name+"/"+name, func(t *testing.T) {
				writeFile(t, path, s.pack(t, c.entries))
				_, err := s.open(path)
				wantError(t, err, append(c.want, path)...)
			})
		}
		// The archive cut in ten places, and with a wrong checksum.
		for n := len(s.archive) / 10; n < len(s.archive); n += len(s.archive) / 10 {
			writeFile(t, path, s.archive[:n])
			_, err := s.open(path)
			wantError(t, err, path, "near byte", "the archive ends too early\nget a whole copy")
		}
		changed := bytes.Clone(s.archive)
		changed[len(changed)-8] ^= 1
		writeFile(t, path, changed)
		_, err := s.open(path)
		wantError(t, err, path, "checksum", "\nget a whole copy")
	}
}

// TestArchiveModified: a whole archive with other files in it is used.
func TestArchiveModified(t *testing.T) {
	s := newSmall(t)
	path := filepath.Join(t.TempDir(), "own.tar.gz")
	entries := s.entries()
	entries[2].content[5] ^= 1
	writeFile(t, path, s.pack(t, entries))
	d, err := s.open(path)
	if err != nil {
		t.Fatal(err)
	}
	if d.Origin != Modified {
		t.Errorf("origin %q", d.Origin)
	}

	// The official files are official in another archive, too.
	writeFile(t, path, s.pack(t, s.entries()[2:]))
	if d, err = s.open(path); err != nil {
		t.Fatal(err)
	}
	if d.Origin != Official {
		t.Errorf("origin %q", d.Origin)
	}
}

// TestArchiveNeverWritesOutside unpacks archives whose names and links lead
// elsewhere: the six files appear where they belong, and nothing else does.
func TestArchiveNeverWritesOutside(t *testing.T) {
	s := newSmall(t)
	whole := s.entries()
	outside := t.TempDir()
	dir := filepath.Join(outside, "cache")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	evil := []entry{
		plainFile("../evil", []byte("evil")),
		plainFile(filepath.Join(outside, "evil"), []byte("evil")),
		{tar.Header{Name: "cifar-10-batches-bin", Typeflag: tar.TypeSymlink, Linkname: outside}, nil},
		{tar.Header{Name: "cifar-10-batches-bin.part", Typeflag: tar.TypeSymlink, Linkname: outside}, nil},
	}
	for _, e := range whole[2:] { // the six, under names that lead out
		e.Name = "../../" + e.Name
		evil = append(evil, e)
	}
	archive := filepath.Join(dir, "cifar-10-binary.tar.gz")
	writeFile(t, archive, s.pack(t, evil))
	if err := s.unpack(context.Background(), archive, dir); err != nil {
		t.Fatal(err)
	}
	want := []string{"cache", "cache/cifar-10-batches-bin"}
	for _, f := range s.layouts[0].files {
		want = append(want, "cache/cifar-10-batches-bin/"+f.name)
	}
	if diff := cmp.Diff(want, filesIn(t, outside)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestUnpackAllOrNothing leaves no folder of an archive that is not whole or
// not the official one.
func TestUnpackAllOrNothing(t *testing.T) {
	s := newSmall(t)
	changed := s.entries()
	changed[4].content[0] ^= 1
	cases := map[string][]entry{"a changed file": changed}
	for name, c := range s.hostile() {
		cases[name] = c.entries
	}
	delete(cases, "two layouts") // unpack looks for its own only
	for name, entries := range cases {
		dir := t.TempDir()
		archive := filepath.Join(dir, "cifar-10-binary.tar.gz")
		writeFile(t, archive, s.pack(t, entries))
		if err := s.unpack(context.Background(), archive, dir); err == nil {
			t.Errorf("%s: no error", name)
		}
		if diff := cmp.Diff([]string{"cifar-10-binary.tar.gz"}, filesIn(t, dir)); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", name, diff)
		}
	}
}

// filesIn are the paths below a folder.
func filesIn(t testing.TB, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, _ fs.DirEntry, err error) error {
		if path != "." {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
