package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReadNPY(t *testing.T) {
	for name, shape := range map[string][]int{
		"matrix.npy":   {3, 2},
		"vector.npy":   {5},
		"scalar.npy":   {},
		"version2.npy": {3, 2},
	} {
		gotShape, v, err := ReadNPY("testdata/" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(ramp(shape...), Float32s(gotShape, v), sameData); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestWriteNPY compares with what numpy.save wrote, byte by byte.
func TestWriteNPY(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	for name, shape := range map[string][]int{"matrix.npy": {3, 2}, "vector.npy": {5}, "scalar.npy": nil} {
		v, err := ramp(shape...).Float32s()
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteNPY(path, shape, pieces(v)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := fixture(t, name); !bytes.Equal(got, want) {
			t.Errorf("%s:\n%q, want\n%q", name, got, want)
		}
	}
	if err := WriteNPY(path, []int{2}, pieces([]float32{1})); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("one value of shape [2]: %v", err)
	}
}

// pieces writes v in two pieces.
func pieces(v []float32) func(func([]float32) error) error {
	return func(write func([]float32) error) error {
		return errors.Join(write(v[:len(v)/2]), write(v[len(v)/2:]))
	}
}

func TestNPYRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	rapid.Check(t, func(t *rapid.T) {
		want := ramp(rapid.SliceOfN(rapid.IntRange(0, 5), 0, 5).Draw(t, "shape")...)
		v, err := want.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteNPY(path, want.Shape, pieces(v)); err != nil {
			t.Fatal(err)
		}
		shape, v, err := ReadNPY(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, Float32s(shape, v), sameData); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// npy is a file of version 1 with the given header and data.
func npy(header, data string) []byte {
	b := binary.LittleEndian.AppendUint16([]byte(npyMagic+"\x01\x00"), uint16(len(header)))
	return append(append(b, header...), data...)
}

func TestReadNPYRefuses(t *testing.T) {
	for name, want := range map[string]string{
		"fortran.npy": "fortran_order True",
		"float64.npy": `elements "<f8"`,
		"object.npy":  `elements "|O"`,
		"network.pt":  "not a .npy file",
		"missing.npy": "no such file",
	} {
		_, _, err := ReadNPY("testdata/" + name)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q and the file's name", err, want)
		}
	}
	header := func(shape string) string {
		return "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }\n"
	}
	if _, err := decodeNPY(npy(header("(1,)"), "wxyz")); err != nil {
		t.Fatalf("the model of what follows: %v", err)
	}
	for name, test := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":           {nil, "not a .npy file"},
		"version 9":       {[]byte(npyMagic + "\x09\x00\x00\x00\x00\x00"), "version 9"},
		"header cut off":  {[]byte(npyMagic + "\x02\x00\xff\xff\xff\xff"), "ends within its header"},
		"no header":       {npy("  ", ""), "not that of a plain array"},
		"code":            {npy("__import__('os')", ""), "not that of a plain array"},
		"a fourth key":    {npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': ''}", "wxyz"), "not that of a plain array"},
		"a key twice":     {npy("{'descr': '<f4', 'descr': '<f4', 'shape': ()}", "wxyz"), "lacks"},
		"records":         {npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", "wxyz"), "not that of a plain array"},
		"negative":        {npy(header("(-1,)"), ""), "not that of a plain array"},
		"too short":       {npy(header("(2,)"), "wxyz"), "does not fit 4 bytes"},
		"too long":        {npy(header("()"), "wxyzw"), "does not fit 5 bytes"},
		"2^62 elements":   {npy(header("(4611686018427387904,)"), "wxyz"), "does not fit"},
		"2^64 elements":   {npy(header("(18446744073709551616,)"), "wxyz"), "impossible dimension"},
		"overflow":        {npy(header("(4294967296, 4294967296)"), "wxyz"), "impossible shape"},
		"a gap in digits": {npy(header("(1 2,)"), "wxyz"), "impossible dimension"},
		"many dimensions": {npy(header("("+strings.Repeat("1,", 65)+")"), "wxyz"), "65 dimensions"},
	} {
		_, err := decodeNPY(test.b)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func FuzzReadNPY(f *testing.F) {
	for _, name := range []string{"matrix.npy", "scalar.npy", "version2.npy", "fortran.npy", "object.npy"} {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decodeNPY(b)
		if err != nil {
			return
		}
		got, err := decodeNPY(append(headerNPY("<f4", a.Shape), a.Data...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, got); diff != "" {
			t.Errorf("written and read again (-want +got):\n%s", diff)
		}
	})
}
