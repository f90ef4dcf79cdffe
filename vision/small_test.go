package vision

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// smallRecords is the number of images in a file of the data set that tests
// read: all else is as published.
const smallRecords = 3

// small is that data set, with the official MD5s of its own files.
type small struct {
	cifar10
	set     *Dataset
	archive []byte // binary
}

func newSmall(t testing.TB) *small {
	t.Helper()
	set, err := Synthetic(t.Context(), 1, trainFiles*smallRecords, smallRecords)
	if err != nil {
		t.Fatal(err)
	}
	s := &small{cifar10: publishedCIFAR10(), set: set}
	for i := range s.layouts {
		s.layouts[i].records = smallRecords
	}
	l := &s.layouts[0]
	for i := range l.files {
		l.files[i].md5 = md5Of(s.file(i))
	}
	s.archive = s.pack(t, s.entries())
	l.archiveMD5 = md5Of(s.archive)
	s.source = download{
		md5:      l.archiveMD5,
		size:     int64(len(s.archive)),
		patience: time.Minute,
		pause:    time.Millisecond,
		attempts: 3,
	}
	return s
}

func md5Of(b []byte) string {
	sum := md5.New()
	sum.Write(b)
	return hexOf(sum)
}

// file is the i-th binary file.
func (s *small) file(i int) []byte {
	split, first := s.set.Train, i*smallRecords
	if i == trainFiles {
		split, first = s.set.Test, 0
	}
	var b []byte
	for k := first; k < first+smallRecords; k++ {
		b = append(append(b, split.Labels[k]), split.Image(k)...)
	}
	return b
}

// write makes the binary layout's folder in dir and returns its path.
func (s *small) write(t testing.TB, dir string) string {
	t.Helper()
	folder := filepath.Join(dir, s.layouts[0].folder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, f := range s.layouts[0].files {
		writeFile(t, filepath.Join(folder, f.name), s.file(i))
	}
	return folder
}

func writeFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// entry is one of a tar.
type entry struct {
	tar.Header
	content []byte
}

func plainFile(name string, content []byte) entry {
	return entry{tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644}, content}
}

// entries are those of the official archive.
func (s *small) entries() []entry {
	l := s.layouts[0]
	all := []entry{
		{tar.Header{Name: l.folder + "/", Typeflag: tar.TypeDir, Mode: 0o755}, nil},
		plainFile(l.folder+"/readme.html", []byte("read me")),
	}
	for i, f := range l.files {
		all = append(all, plainFile(l.folder+"/"+f.name, s.file(i)))
	}
	return all
}

func (s *small) pack(t testing.TB, entries []entry) []byte {
	t.Helper()
	return zip(t, tarOf(t, entries), gzip.BestSpeed)
}

func tarOf(t testing.TB, entries []entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		e.Size = int64(len(e.content))
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zip(t testing.TB, b []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// heard collects what is logged.
type heard struct{ strings.Builder }

func (h *heard) logger() *slog.Logger { return slog.New(slog.NewTextHandler(&h.Builder, nil)) }

// wantError fails unless err says all of these.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("the error lacks %q:\n%v", p, err)
		}
	}
}

// quick compares images as cmp would, only faster.
var quick = cmp.Comparer(bytes.Equal)
