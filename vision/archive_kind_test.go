package vision

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// zipOf packs a tar's entries.
func zipOf(t testing.TB, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		h := zip.FileHeader{Name: e.Name, Method: zip.Deflate}
		h.SetMode(e.FileInfo().Mode())
		f, err := w.CreateHeader(&h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(e.content); err != nil && len(e.content) > 0 {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestKinds opens what a browser, a proxy or a user makes of the archive, each
// under each name.
func TestKinds(t *testing.T) {
	for _, s := range []*small{newSmall(t), newSmall100(t)} {
		l := s.layouts[0]
		unzipped, zipped := tarOf(t, s.entries()), zipOf(t, s.entries())
		notes := gzipOf(t, bytes.Repeat([]byte("notes "), 200), gzip.BestSpeed)
		expected := "\nname " + l.folder + ", " + l.archive
		damaged := bytes.Clone(zipped)
		damaged[len(damaged)/3] ^= 1
		for name, c := range map[string]struct {
			content []byte
			want    []string // of the error, if there is one
		}{
			"tar.gz":        {s.archive, nil},
			"tar":           {unzipped, nil},
			"zip":           {zipped, nil},
			"empty":         {nil, []string{"the file is empty\ndownload it again, or name another copy"}},
			"a page":        {[]byte("\n<!DOCTYPE html><html><body>log in</body></html>"), []string{"a web page, not an archive\na server or proxy"}},
			"a byte":        {s.archive[:1], []string{"not a tar.gz, tar or zip" + expected}},
			"text":          {bytes.Repeat([]byte("notes "), 200), []string{"not a tar.gz, tar or zip" + expected}},
			"zeros":         {make([]byte, 2000), []string{"not a tar.gz, tar or zip" + expected}},
			"a gzip file":   {notes, []string{"no tar in this gzip file\ndownload it again"}},
			"a cut tar.gz":  {s.archive[:len(s.archive)/2], []string{"the archive ends too early\nget a whole copy of "}},
			"a cut tar":     {unzipped[:len(unzipped)/3], []string{"the archive ends too early\nget a whole copy of "}},
			"a cut zip":     {zipped[:len(zipped)/2], []string{"the zip is cut short or damaged", "\nget a whole copy of "}},
			"a damaged zip": {damaged, []string{".bin: ", "\nget a whole copy of "}},
			"an xz":         {[]byte("\xfd7zXZ\x00 and so on"), []string{"this is a xz archive", "\nunpack it and name the folder"}},
		} {
			for _, file := range []string{l.archive, "cifar.zip", "cifar.tar"} {
				t.Run(s.name+"/"+name+"/"+file, func(t *testing.T) {
					path := filepath.Join(t.TempDir(), file)
					writeFile(t, path, c.content)
					d, err := s.open(path)
					_, _, checked := s.check(t.Context(), Options{Dir: path})
					if c.want != nil {
						wantError(t, err, append(c.want, path)...)
						wantError(t, checked, append(c.want, path)...)
						return
					}
					if err != nil || checked != nil {
						t.Fatal(err, checked)
					}
					want := *s.set
					want.Origin, want.Source = Official, file+" (archive)"
					if diff := cmp.Diff(&want, d, quick); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

// TestKindsInAFolder finds the archive in a folder under the names that
// browsers and users give it.
func TestKindsInAFolder(t *testing.T) {
	s := newSmall(t)
	for name, content := range map[string][]byte{
		"cifar-10-binary.tar": tarOf(t, s.entries()), "cifar-10-binary.zip": zipOf(t, s.entries()),
		"cifar-10-batches-bin.zip": zipOf(t, s.entries()), "cifar-10-binary.tgz": s.archive,
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, name), content)
		d, err := s.open(dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if d.Source != name+" (archive)" || d.Origin != Official {
			t.Errorf("%s: %s from %s", name, d.Title(), d.Source)
		}
	}
}

// TestOneFileOfASet: a user who names one of the files means their folder.
func TestOneFileOfASet(t *testing.T) {
	s := newSmall(t)
	folder := s.write(t, t.TempDir())
	path := filepath.Join(folder, "data_batch_3.bin")
	_, err := s.open(path)
	wantError(t, err, path+": this is one of CIFAR-10's 6 files\nname their folder with --data: "+folder)
}

// TestZipRefuses has the archives that are hostile as a tar.
func TestZipRefuses(t *testing.T) {
	for _, s := range []*small{newSmall(t), newSmall100(t)} {
		path := filepath.Join(t.TempDir(), "archive.zip")
		for name, c := range s.hostile() {
			if name == "a hard link" || name == "a bomb" {
				continue // a zip has no hard links, and its other files are not unpacked
			}
			t.Run(s.name+"/"+name, func(t *testing.T) {
				writeFile(t, path, zipOf(t, c.entries))
				_, err := s.open(path)
				wantError(t, err, append(c.want, path)...)
			})
		}
		// A file that is longer than the zip says.
		l := s.layouts[0]
		long := s.entries()
		long[2].content = append(long[2].content, make([]byte, 4<<20)...)
		content := zipOf(t, long)
		size := []byte{byte(len(long[2].content)), byte(len(long[2].content) >> 8), byte(len(long[2].content) >> 16), 0}
		claimed := len(s.file(0))
		if n := bytes.Count(content, size); n != 2 {
			t.Fatalf("the size is there %d times", n)
		}
		content = bytes.ReplaceAll(content, size, []byte{byte(claimed), byte(claimed >> 8), 0, 0})
		writeFile(t, path, content)
		_, err := s.open(path)
		wantError(t, err, path, l.files[0].name, "\nget a whole copy")
	}
}

// TestZipChecksum changes a pixel of a file that is not compressed, of which
// the reader of pickles takes no more than the zip says it has.
func TestZipChecksum(t *testing.T) {
	in, err := os.ReadFile("testdata/batch_python2.pkl")
	if err != nil {
		t.Fatal(err)
	}
	s := newSmall(t)
	var content bytes.Buffer
	w := zip.NewWriter(&content)
	for _, f := range s.layouts[1].files {
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(in); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "archive.zip")
	writeFile(t, path, content.Bytes())
	if _, err := s.open(path); err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(content.Bytes())
	_, pixels := patterned(1)
	at := bytes.Index(changed, pixels)
	if at < 0 {
		t.Fatal("the zip does not have the pixels as they are")
	}
	changed[at] ^= 1
	writeFile(t, path, changed)
	_, err = s.open(path)
	wantError(t, err, path, "data_batch_1: zip: checksum error", "\nget a whole copy")
}

// TestZipNeverWritesOutside reads names that lead elsewhere.
func TestZipNeverWritesOutside(t *testing.T) {
	s := newSmall(t)
	outside := t.TempDir()
	dir := filepath.Join(outside, "here")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	entries := s.entries()
	for i := range entries {
		entries[i].Name = "../../" + entries[i].Name
	}
	writeFile(t, filepath.Join(dir, "cifar-10-binary.zip"), zipOf(t, entries))
	if _, err := s.open(dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"here", "here/cifar-10-binary.zip"}, filesIn(t, outside)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
