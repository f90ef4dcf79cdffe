package vision

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// open reads what is in dir, as with --data.
func (s *small) open(dir string) (*Dataset, error) {
	var h heard
	return s.cifar10.open(context.Background(), Options{Dir: dir, Log: h.logger()})
}

// TestLocate names the data in every way.
func TestLocate(t *testing.T) {
	s := newSmall(t)
	dir := t.TempDir()
	folder := s.write(t, dir)
	packed := t.TempDir()
	archive := filepath.Join(packed, "cifar-10-binary.tar.gz")
	writeFile(t, archive, s.archive)
	renamed := filepath.Join(t.TempDir(), "mine.tgz")
	writeFile(t, renamed, s.archive)

	for _, c := range []struct{ name, source string }{
		{folder, "cifar-10-batches-bin (binary)"},
		{dir, "cifar-10-batches-bin (binary)"},
		{archive, "cifar-10-binary.tar.gz (archive)"},
		{packed, "cifar-10-binary.tar.gz (archive)"},
		{renamed, "mine.tgz (archive)"},
	} {
		want := *s.set
		want.Name, want.Origin, want.Source = "cifar10", Official, c.source
		got, err := s.open(c.name)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if diff := cmp.Diff(&want, got, quick); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		t.Setenv(dirVariable, c.name)
		at, err := s.where(Options{})
		if err != nil || !strings.HasSuffix(at, c.source) {
			t.Errorf("where with %s=%s: %q, %v", dirVariable, c.name, at, err)
		}
	}
}

// TestLocateOrder has data, told apart by one pixel, in all three places.
func TestLocateOrder(t *testing.T) {
	s := newSmall(t)
	places := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	for i, dir := range places {
		s.set.Train.Pixels[0] = byte(i)
		s.write(t, dir)
	}
	open := func(o Options) byte {
		t.Helper()
		o.CacheDir, o.Offline = places[2], true
		o.Log = (&heard{}).logger()
		d, err := s.cifar10.open(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		return d.Train.Pixels[0]
	}
	t.Setenv(dirVariable, places[1])
	if got := open(Options{Dir: places[0]}); got != 0 {
		t.Errorf("with Dir, place %d was read", got)
	}
	if got := open(Options{}); got != 1 {
		t.Errorf("with %s, place %d was read", dirVariable, got)
	}
	t.Setenv(dirVariable, "")
	if got := open(Options{}); got != 2 {
		t.Errorf("with neither, place %d was read", got)
	}
}

// TestNamedIsNeverReplaced: what a user names has to be there.
func TestNamedIsNeverReplaced(t *testing.T) {
	s := newSmall(t)
	empty := t.TempDir()
	gone := filepath.Join(empty, "gone")
	notes := filepath.Join(t.TempDir(), "notes.txt")
	writeFile(t, notes, []byte("no archive"))

	_, err := s.open(empty)
	wantError(t, err, "--data", "no CIFAR-10 in "+empty, "\n", "cifar-10-batches-bin", "cifar-10-python.tar.gz")
	_, err = s.open(gone)
	wantError(t, err, "--data", gone, "no such file")
	_, err = s.open(notes)
	wantError(t, err, notes, "not a tar.gz", "\nget a whole copy")
	t.Setenv(dirVariable, gone)
	_, err = s.open("")
	wantError(t, err, dirVariable, gone)
	_, err = s.where(Options{})
	wantError(t, err, dirVariable, gone)
}

// TestDamagedFiles damages one file at a time: the error names it, the byte
// and the remedy.
func TestDamagedFiles(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(t *testing.T, path string, content []byte)
		want   []string
	}{
		"missing": {
			func(t *testing.T, path string, _ []byte) { os.Remove(path) },
			[]string{"no such file"},
		},
		"short": {
			func(t *testing.T, path string, b []byte) { writeFile(t, path, b[:len(b)-1]) },
			[]string{"byte 9218", "9219"},
		},
		"long": {
			func(t *testing.T, path string, b []byte) { writeFile(t, path, append(b, 0)) },
			[]string{"byte 9219", "9220"},
		},
		"empty": {
			func(t *testing.T, path string, b []byte) { writeFile(t, path, nil) },
			[]string{"byte 0"},
		},
		"a label": {
			func(t *testing.T, path string, b []byte) { b[2*binaryRecord] = 10; writeFile(t, path, b) },
			[]string{"byte 6146", "image 2", "label 10"},
		},
		"a folder": {
			func(t *testing.T, path string, b []byte) { os.Remove(path); os.Mkdir(path, 0o755) },
			[]string{"not a plain file"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSmall(t)
			path := filepath.Join(s.write(t, t.TempDir()), "data_batch_4.bin")
			c.damage(t, path, s.file(3))
			_, err := s.open(filepath.Dir(path))
			wantError(t, err, append(c.want, path, "\nget a whole copy of "+filepath.Dir(path), "--data")...)
		})
	}
}

// TestDamagedCache has another remedy.
func TestDamagedCache(t *testing.T) {
	t.Setenv(dirVariable, "")
	s := newSmall(t)
	dir := t.TempDir()
	folder := s.write(t, dir)
	os.Remove(filepath.Join(folder, "test_batch.bin"))
	_, err := s.cifar10.open(context.Background(), Options{CacheDir: dir, Log: (&heard{}).logger()})
	wantError(t, err, "test_batch.bin", "\nremove "+folder+" and run again to download it")
}

// TestEndless names what is no archive and has no end.
func TestEndless(t *testing.T) {
	s := newSmall(t)
	_, err := s.open("/dev/zero")
	wantError(t, err, "/dev/zero is neither a folder nor a plain file")
	big := filepath.Join(t.TempDir(), "big.tar.gz")
	writeFile(t, big, nil)
	if err := os.Truncate(big, 1<<40); err != nil {
		t.Skip(err) // no sparse files here
	}
	_, err = s.open(big)
	wantError(t, err, big, "has fewer than")
}

// TestModified: whole files that are not the official ones are used, and said
// not to be.
func TestModified(t *testing.T) {
	s := newSmall(t)
	s.set.Test.Pixels[100] ^= 1
	dir := t.TempDir()
	s.write(t, dir)
	var h heard
	d, err := s.cifar10.open(context.Background(), Options{Dir: dir, Log: h.logger()})
	if err != nil {
		t.Fatal(err)
	}
	if d.Origin != Modified || d.Title() != "modified CIFAR-10" {
		t.Errorf("origin %q, title %q", d.Origin, d.Title())
	}
	if !strings.Contains(h.String(), "level=WARN") || !strings.Contains(h.String(), "not the official") {
		t.Errorf("no warning in the log:\n%s", h.String())
	}
}

// TestOpenReal reads the images that CIFAR10_DIR names.
func TestOpenReal(t *testing.T) {
	dir := os.Getenv(dirVariable)
	if dir == "" {
		t.Skip(dirVariable + " is not set")
	}
	d, err := Open(context.Background(), "cifar10", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Origin == Drawn || d.Name != "cifar10" {
		t.Errorf("%s, %s", d.Name, d.Origin)
	}
	for _, c := range []struct {
		split Split
		each  int
	}{{d.Train, 5000}, {d.Test, 1000}} {
		var counts [10]int
		for _, l := range c.split.Labels {
			counts[l]++
		}
		for label, n := range counts {
			if n != c.each {
				t.Errorf("%d images of class %s, want %d", n, d.Classes[label], c.each)
			}
		}
	}
	limited, err := Open(context.Background(), "cifar10", Options{Train: 10, Test: 500})
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.Limit(10, 500)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, limited, quick); diff != "" {
		t.Errorf("opened with a limit (-want +got):\n%s", diff)
	}
}

func TestOpenUnknown(t *testing.T) {
	_, err := Open(context.Background(), "cifar", Options{})
	wantError(t, err, `"cifar"`, "cifar10, synthetic")
	_, err = Where("cifar", Options{})
	wantError(t, err, `"cifar"`)
}
