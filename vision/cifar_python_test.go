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

// fine turns a batch of CIFAR-10 into one of CIFAR-100, whose labels are under
// another key.
func fine(batch []byte) []byte {
	return bytes.Replace(batch, []byte("U\x06labels"), []byte("U\x0bfine_labels"), 1)
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
		if err := decodePython(bytes.NewReader(in), int64(len(in)), "labels", 10, Split{pixels, labels}); err != nil {
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
	in, err := os.ReadFile("testdata/batch_python2.pkl")
	if err != nil {
		t.Fatal(err)
	}
	labels, pixels := patterned(3)
	for _, c := range []struct {
		s      *small
		in     []byte
		source string
	}{
		{newSmall(t), in, "cifar-10-batches-py (python)"},
		{newSmall100(t), fine(in), "cifar-100-python (python)"},
	} {
		s, l := c.s, c.s.layouts[1]
		folder := filepath.Join(t.TempDir(), l.folder)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for i, f := range l.files {
			writeFile(t, filepath.Join(folder, f.name), c.in)
			l.files[i].to = f.from + 3
		}
		d, err := s.open(folder)
		if err != nil {
			t.Fatal(err)
		}
		batches := len(l.files) - 1
		if !bytes.Equal(d.Test.Labels, labels) || !bytes.Equal(d.Test.Pixels, pixels) ||
			!bytes.Equal(d.Train.Labels, bytes.Repeat(labels, batches)) || !bytes.Equal(d.Train.Pixels, bytes.Repeat(pixels, batches)) {
			t.Errorf("%s: the images differ", s.name)
		}
		if d.Source != c.source || d.Origin != Modified {
			t.Errorf("source %q, origin %q", d.Source, d.Origin)
		}

		path := filepath.Join(folder, l.files[len(l.files)-1].name)
		writeFile(t, path, c.in[:len(c.in)-40])
		_, err = s.open(folder)
		wantError(t, err, path, "byte ", "\nget a whole copy")
		writeFile(t, path, bytes.Replace(c.in, []byte("labels"), []byte("babels"), 1))
		_, err = s.open(folder)
		wantError(t, err, path, "no list of 3 ", "labels")
	}
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
		{valid[:100], "the pickle ends within a line"},
		{change("(K\x01K\x05K\x09e", "(K\x01K\x0aK\x09e"), "image 1 has label 10"},
		{change("(K\x01K\x05K\x09e", "(K\x01K\x05e"), "no list of 3 labels"},
		{change("(K\x01K\x05K\x09e", "(K\x01K\x05Ne"), "label of image 2 is a None"},
		{change("U\x04data", "U\x04date"), "no array named data"},
		{change("U\x02u1", "U\x02f4"), "not uint8"},
		{change("K\x03M\x00\x0c", "K\x02M\x00\x0c"), "shape [2 3072], not [3 3072]"},
		{change("T\x00\x24\x00\x00", "T\xff\x23\x00\x00"), "pickle"},
		{change("T\x00\x24\x00\x00", "T\xff\xff\xff\xff"), "4294967295 bytes wanted"},
	} {
		err := decodePickle(c.in, "labels", 10, newSplit(3, cifarImage))
		wantError(t, err, c.want)
	}
}
