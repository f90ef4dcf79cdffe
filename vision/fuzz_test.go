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
func valid(labels []byte, classes int) bool {
	for _, l := range labels {
		if int(l) >= classes {
			return false
		}
	}
	return true
}

// smalls are the published sets with n images of each 10,000. A fuzz test's
// boolean picks one.
func smalls(f *testing.F, n int) map[bool]*small {
	return map[bool]*small{false: shrink(f, cifar10(), nil, n), true: shrink(f, cifar100(), []byte{19}, n)}
}

func FuzzBinary(f *testing.F) {
	sets := smalls(f, smallRecords)
	for hundred, s := range sets {
		content := s.file(0)[:smallRecords*s.record()]
		f.Add(content, hundred)
		f.Add(content[:s.record()], hundred)
		f.Add(append(content[:len(content):len(content)], 0), hundred)
		f.Add([]byte{20}, hundred)
		f.Add([]byte{19, 100}, hundred)
		f.Add([]byte{}, hundred)
	}
	values := map[bool][]int{false: {10}, true: {20, 100}}
	f.Fuzz(func(t *testing.T, in []byte, hundred bool) {
		n, record := len(values[hundred]), sets[hundred].record()
		part := newSplit(smallRecords, cifarImage)
		var err error
		bounded(t, 1<<20, 1, len(in), func() {
			err = binaryFormat(values[hundred]...).decode(bytes.NewReader(in), int64(len(in)), part)
		})
		whole := len(in) == smallRecords*record
		for i := 0; whole && i < len(in); i += record {
			for k, most := range values[hundred] {
				whole = whole && int(in[i+k]) < most
			}
		}
		if (err == nil) != whole {
			t.Errorf("whole: %v, but the error is %v", whole, err)
		}
		for i := 0; err == nil && i < smallRecords; i++ {
			at := in[i*record : (i+1)*record]
			if part.Labels[i] != at[n-1] || !bytes.Equal(part.Image(i), at[n:]) {
				t.Errorf("record %d is not that of the input", i)
			}
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
		f.Add(in, false)
		f.Add(fine(in), true)
	}
	f.Add([]byte("cos\nsystem\n(U\x02lst R."), false)
	f.Fuzz(func(t *testing.T, in []byte, hundred bool) {
		key, classes := "labels", 10
		if hundred {
			key, classes = "fine_labels", 100
		}
		part := newSplit(3, cifarImage)
		bounded(t, 1<<20, 512, len(in), func() {
			if decodePickle(in, key, classes, part) == nil && (!valid(part.Labels, classes) || len(in) < len(part.Pixels)) {
				t.Errorf("a batch with labels %v was read from %d bytes", part.Labels, len(in))
			}
		})
	})
}

// FuzzArchive takes archives, and tars, which mutate better.
func FuzzArchive(f *testing.F) {
	sets := smalls(f, 1)
	for hundred, s := range sets {
		l := &s.layouts[0]
		f.Add(tarOf(f, s.entries()[2:]), hundred, false)
		f.Add(s.archive, hundred, true)
		f.Add(s.archive[:900], hundred, true)
		f.Add(zipOf(f, s.entries()[2:]), hundred, true)
		f.Add([]byte("<html>"+l.folder), hundred, true)
		for name, c := range s.hostile() {
			if name != "a bomb" { // too long to mutate
				f.Add(tarOf(f, c.entries), hundred, false)
			}
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, hundred, packed bool) {
		if !packed {
			in = gzipOf(t, in, gzip.NoCompression)
		}
		s := sets[hundred]
		bounded(t, 16<<20, 32, len(in), func() {
			d, _, _, err := s.decodeArchive(context.Background(), bytes.NewReader(in), int64(len(in)))
			if err == nil && (d.Train.Len() != trainFiles || d.Test.Len() != 1 ||
				!valid(d.Train.Labels, len(d.Classes)) || !valid(d.Test.Labels, len(d.Classes))) {
				t.Errorf("%d and %d images with labels %v, %v", d.Train.Len(), d.Test.Len(), d.Train.Labels, d.Test.Labels)
			}
		})
		dir := t.TempDir()
		archive := filepath.Join(dir, "in", "archive.tar.gz")
		if err := os.Mkdir(filepath.Dir(archive), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, archive, in)
		err := s.unpack(context.Background(), archive, filepath.Dir(archive))
		stray := 0
		_ = fs.WalkDir(os.DirFS(dir), ".", func(path string, _ fs.DirEntry, _ error) error {
			ok := path == "." || path == "in" || path == "in/archive.tar.gz" || path == "in/"+s.layouts[0].folder
			for _, f := range s.layouts[0].files {
				ok = ok || path == "in/"+s.layouts[0].folder+"/"+f.name
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
