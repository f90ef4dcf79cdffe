package weights

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// hostile are names that must neither get out of a format nor break it.
var hostile = []string{"", "a\nb", `quote"'\`, "../../x", "/etc/passwd", "naïve.☃", strings.Repeat("long", 100)}

func hostileFile() *File {
	f := &File{Tensors: map[string]Array{}}
	for i, name := range hostile {
		f.Tensors[name] = Float32s([]int{1}, []float32{float32(i)})
	}
	return f
}

// TestWriteTorchRoundTrip writes any arrays as torch.save does, and reads them with
// the reader that is held against PyTorch's own files.
func TestWriteTorchRoundTrip(t *testing.T) {
	check := func(t interface{ Fatal(...any) }, f *File) {
		var b bytes.Buffer
		if err := encodeTorch(&b, f); err != nil {
			t.Fatal(err)
		}
		s, err := parse(b.Bytes())
		if len(f.Tensors) == 0 {
			if err == nil || !strings.Contains(err.Error(), "an empty dict") {
				t.Fatal("no tensors:", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]Array{}
		for _, item := range s.tables[0].dict.Items {
			if got[item.Key.(string)], err = s.array(item.Value); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(f.Tensors, got, sameData); diff != "" {
			t.Fatal("(-want +got):\n" + diff)
		}
	}
	check(t, hostileFile())
	rapid.Check(t, func(t *rapid.T) { check(t, genFile(t)) })
}

// TestWriteTorchAligns: PyTorch maps files whose storages begin at multiples of 64
// bytes.
func TestWriteTorchAligns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.pt")
	if err := WriteTorch(path, hostileFile()); err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, e := range z.File {
		at, err := e.DataOffset()
		if err != nil || at%alignment != 0 || e.Flags&8 != 0 {
			t.Errorf("%s begins at %d, flags %x: %v", e.Name, at, e.Flags, err)
		}
	}
}

func TestWriteNPZ(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.npz")
	f := hostileFile()
	if err := WriteNPZ(path, f); err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	got := map[string]Array{}
	for _, e := range z.File {
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, e.UncompressedSize64)
		if _, err := r.Read(b); err != nil && err.Error() != "EOF" {
			t.Fatal(err)
		}
		if got[strings.TrimSuffix(e.Name, ".npy")], err = decodeNPY(b); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(f.Tensors, got, sameData); diff != "" {
		t.Error("(-want +got):\n" + diff)
	}
}

func TestWhatOtherProgramsDoNotHaveIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w")
	bad := func(a Array) *File { return &File{Tensors: map[string]Array{"x": a}} }
	for what, err := range map[string]error{
		"NumPy has no type bfloat16":             WriteNPZ(path, bad(Array{DType: BF16, Shape: []int{0}})),
		"a PyTorch file has no type float8_e5m2": WriteTorch(path, bad(Array{DType: F8E5M2, Shape: []int{0}})),
		"does not fit 4 bytes":                   WriteTorch(path, bad(Array{DType: F32, Shape: []int{2}, Data: make([]byte, 4)})),
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v, want: %s", err, what)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("something was written")
	}
}
