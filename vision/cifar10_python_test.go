package vision

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// patterned are the labels and pixels that testdata/pickles.py writes.
func patterned(n int) (labels, pixels []byte) {
	for i := range n {
		labels = append(labels, byte((i*4+1)%10))
		for j := range cifarImage {
			pixels = append(pixels, byte(i*31+j*7+j/256))
		}
	}
	return labels, pixels
}

func TestDecodePython(t *testing.T) {
	names, err := filepath.Glob("testdata/batch_*.pkl")
	if err != nil || len(names) != 6 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	wantLabels, wantPixels := patterned(3)
	for _, name := range names {
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		labels, pixels := make([]byte, 3), make([]byte, 3*cifarImage)
		if err := decodePython(bytes.NewReader(in), int64(len(in)), labels, pixels); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(wantLabels, labels); diff != "" {
			t.Errorf("%s: labels (-want +got):\n%s", name, diff)
		}
		if !bytes.Equal(wantPixels, pixels) {
			t.Errorf("%s: the pixels differ", name)
		}
	}
}

// TestReadPython reads a folder in the python layout.
func TestReadPython(t *testing.T) {
	s := newSmall(t)
	in, err := os.ReadFile("testdata/batch_python2.pkl")
	if err != nil {
		t.Fatal(err)
	}
	l := s.layouts[1]
	folder := filepath.Join(t.TempDir(), l.folder)
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range l.files {
		writeFile(t, filepath.Join(folder, f.name), in)
	}
	d, err := s.open(folder)
	if err != nil {
		t.Fatal(err)
	}
	labels, pixels := patterned(3)
	if !bytes.Equal(d.Test.Labels, labels) || !bytes.Equal(d.Test.Pixels, pixels) ||
		!bytes.Equal(d.Train.Pixels, bytes.Repeat(pixels, trainFiles)) {
		t.Error("the images differ")
	}
	if d.Source != "cifar-10-batches-py (python)" || d.Origin != Modified {
		t.Errorf("source %q, origin %q", d.Source, d.Origin)
	}

	path := filepath.Join(folder, "test_batch")
	writeFile(t, path, in[:len(in)-40])
	_, err = s.open(folder)
	wantError(t, err, path, "byte ", "\nget a whole copy")
}

func TestDecodePythonRefuses(t *testing.T) {
	valid, err := os.ReadFile("testdata/batch_python2.pkl")
	if err != nil {
		t.Fatal(err)
	}
	change := func(from, to string) []byte {
		t.Helper()
		if !bytes.Contains(valid, []byte(from)) {
			t.Fatalf("the fixture has no %q", from)
		}
		return bytes.Replace(valid, []byte(from), []byte(to), 1)
	}
	for _, c := range []struct {
		in   []byte
		want string
	}{
		{[]byte("cos\nsystem\n(U\x02lst R."), `"system" of Python's module "os"`},
		{[]byte("cbuiltins\neval\n(U\x011tR."), `"eval" of Python's module "builtins"`},
		{[]byte("]."), "a list, not a dict"},
		{[]byte("}."), "no list of 3 labels"},
		{append(bytes.Clone(valid), 0), "goes on"},
		{valid[:100], "ends within a name"},
		{change("(K\x01K\x05K\x09e", "(K\x01K\x0aK\x09e"), "image 1 has label 10"},
		{change("(K\x01K\x05K\x09e", "(K\x01K\x05e"), "no list of 3 labels"},
		{change("(K\x01K\x05K\x09e", "(K\x01K\x05Ne"), "label of image 2 is a None"},
		{change("U\x04data", "U\x04date"), "no array named data"},
		{change("U\x02u1", "U\x02f4"), "not uint8"},
		{change("K\x03M\x00\x0c", "K\x02M\x00\x0c"), "shape [2 3072], not [3 3072]"},
		{change("T\x00\x24\x00\x00", "T\xff\x23\x00\x00"), "pickle"},
		{change("T\x00\x24\x00\x00", "T\xff\xff\xff\xff"), "4294967295 bytes wanted"},
	} {
		err := decodePickle(c.in, make([]byte, 3), make([]byte, 3*cifarImage))
		wantError(t, err, c.want)
	}
}
