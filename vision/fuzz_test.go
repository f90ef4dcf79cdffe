package vision

import (
	"bytes"
	"compress/gzip"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/metrics"
	"testing"
)

// allocated is how many bytes the process has allocated so far.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// bounded fails a test in which f allocates more than a constant and a
// multiple of its input's size.
func bounded(t *testing.T, constant, multiple, size int, f func()) {
	t.Helper()
	var n uint64
	// The fuzzer itself allocates meanwhile, but not each time as much.
	for range 3 {
		before := allocated()
		f()
		if n = allocated() - before; n <= uint64(constant+multiple*size) {
			return
		}
	}
	t.Errorf("%d bytes allocated for %d of input", n, size)
}

// valid says whether all labels are in range.
func valid(labels []byte) bool {
	for _, l := range labels {
		if l >= cifarClasses {
			return false
		}
	}
	return true
}

func FuzzBinary(f *testing.F) {
	s := newSmall(f)
	f.Add(s.file(0))
	f.Add(s.file(0)[:binaryRecord])
	f.Add(append(s.file(0), 0))
	f.Add([]byte{10})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, in []byte) {
		labels, pixels := make([]byte, smallRecords), make([]byte, smallRecords*cifarImage)
		var err error
		bounded(t, 1<<20, 1, len(in), func() {
			err = decodeBinary(bytes.NewReader(in), int64(len(in)), labels, pixels)
		})
		whole := len(in) == smallRecords*binaryRecord && in[0] < 10 && in[binaryRecord] < 10 && in[2*binaryRecord] < 10
		if (err == nil) != whole {
			t.Errorf("whole: %v, but the error is %v", whole, err)
		}
		if err != nil {
			return
		}
		var again []byte
		for i, l := range labels {
			again = append(append(again, l), pixels[i*cifarImage:(i+1)*cifarImage]...)
		}
		if !bytes.Equal(again, in) {
			t.Error("the records read are not those of the input")
		}
	})
}

func FuzzPython(f *testing.F) {
	names, err := filepath.Glob("testdata/*.pkl")
	if err != nil || len(names) != 12 {
		f.Fatalf("%d seeds, %v", len(names), err)
	}
	for _, name := range names {
		in, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(in)
	}
	f.Add([]byte("cos\nsystem\n(U\x02lst R."))
	f.Fuzz(func(t *testing.T, in []byte) {
		labels, pixels := make([]byte, 3), make([]byte, 3*cifarImage)
		bounded(t, 1<<20, 512, len(in), func() {
			if decodePickle(in, labels, pixels) == nil && (!valid(labels) || len(in) < len(pixels)) {
				t.Errorf("a batch with labels %v was read from %d bytes", labels, len(in))
			}
		})
	})
}

// FuzzArchive takes archives, and tars, which mutate better.
func FuzzArchive(f *testing.F) {
	s := newSmall(f)
	for i := range s.layouts {
		s.layouts[i].records = 1
	}
	var entries []entry
	l := &s.layouts[0]
	for i := range l.files {
		content := s.file(i)[:binaryRecord]
		l.files[i].md5 = md5Of(content)
		entries = append(entries, plainFile(l.folder+"/"+l.files[i].name, content))
	}
	f.Add(tarOf(f, entries), false)
	f.Add(s.pack(f, entries), true)
	f.Add(s.pack(f, entries)[:900], true)
	for name, c := range s.hostile() {
		if name != "a bomb" { // too long to mutate
			f.Add(tarOf(f, c.entries), false)
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, packed bool) {
		if !packed {
			in = zip(t, in, gzip.NoCompression)
		}
		bounded(t, 16<<20, 32, len(in), func() {
			train, test, _, _, err := s.decodeArchive(context.Background(), bytes.NewReader(in))
			if err == nil && (train.Len() != trainFiles || test.Len() != 1 || !valid(train.Labels) || !valid(test.Labels)) {
				t.Errorf("%d and %d images with labels %v, %v", train.Len(), test.Len(), train.Labels, test.Labels)
			}
		})
		dir := t.TempDir()
		archive := filepath.Join(dir, "in", "archive.tar.gz")
		if err := os.Mkdir(filepath.Dir(archive), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, archive, in)
		err := l.unpack(context.Background(), archive, filepath.Dir(archive))
		stray := 0
		_ = fs.WalkDir(os.DirFS(dir), ".", func(path string, _ fs.DirEntry, _ error) error {
			ok := path == "." || path == "in" || path == "in/archive.tar.gz" || path == "in/"+l.folder
			for _, f := range l.files {
				ok = ok || path == "in/"+l.folder+"/"+f.name
			}
			if !ok {
				stray++
			}
			return nil
		})
		if stray > 0 {
			t.Errorf("%d files where none should be (%v)", stray, err)
		}
	})
}
