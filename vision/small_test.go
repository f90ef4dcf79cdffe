package vision

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	// smallRecords is the number of images in a test file of the data sets
	// that tests read, where the published one has 10,000. All else is as
	// published.
	smallRecords = 3
	// trainFiles is the number of training files, each as long, in CIFAR-10.
	trainFiles = 5
)

// small is such a data set, with the official MD5s of its own files.
type small struct {
	source
	set     *Dataset
	archive []byte // binary
	// before is the bytes of a record in front of its label.
	before []byte
}

// newSmall is CIFAR-10.
func newSmall(t testing.TB) *small { return shrink(t, cifar10(), nil, smallRecords) }

// newSmall100 is CIFAR-100: its images show classes 0, 11, ... 99, in superclass
// 19.
func newSmall100(t testing.TB) *small { return shrink(t, cifar100(), []byte{19}, smallRecords) }

// shrink leaves n images of each 10,000.
func shrink(t testing.TB, of source, before []byte, n int) *small {
	t.Helper()
	set, err := Synthetic(t.Context(), 1, trainFiles*n, n)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []Split{set.Train, set.Test} {
		for i := range s.Labels {
			s.Labels[i] *= byte(max(len(of.classes)/9, 1))
		}
	}
	set.Name, set.Classes, set.Fingerprint = of.name, of.classes, set.fingerprint()
	s := &small{source: of, set: set, before: before}
	for _, l := range s.layouts {
		for i := range l.files {
			f := &l.files[i]
			f.from, f.to = f.from/10000*n, f.to/10000*n
		}
	}
	l := &s.layouts[0]
	for i := range l.files {
		l.files[i].md5 = md5Of(s.file(i))
	}
	s.archive = s.pack(t, s.entries())
	l.archiveMD5 = md5Of(s.archive)
	s.download = download{
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

// record is the number of bytes of an image in a binary file.
func (s *small) record() int { return len(s.before) + 1 + cifarImage }

// file is the i-th binary file.
func (s *small) file(i int) []byte {
	f := s.layouts[0].files[i]
	part := f.in(s.set)
	var b []byte
	for k := range part.Len() {
		b = append(append(append(b, s.before...), part.Labels[k]), part.Image(k)...)
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

// open reads what is at path, as with --data.
func (s *small) open(path string) (*Dataset, error) {
	return s.source.open(context.Background(), Options{Dir: path}.complete())
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
	return gzipOf(t, tarOf(t, entries), gzip.BestSpeed)
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

func gzipOf(t testing.TB, b []byte, level int) []byte {
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

// origin is a data set's, without its pixels.
func origin(d *Dataset) string {
	if d == nil {
		return "no data"
	}
	return d.Title() + " from " + d.Source
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
