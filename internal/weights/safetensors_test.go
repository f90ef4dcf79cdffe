package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var someTypes = []DType{Bool, U8, I8, I16, I32, I64, F16, BF16, F32, F64}

func genFile(t *rapid.T) *File {
	f := &File{
		Tensors:  map[string]Array{},
		Metadata: rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "metadata"),
	}
	delete(f.Metadata, checksumKey)
	for _, name := range rapid.SliceOfDistinct(rapid.String(), rapid.ID).Draw(t, "names") {
		dtype := rapid.SampledFrom(someTypes).Draw(t, "type")
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		n, _ := elements(shape)
		size := n * dtype.Size()
		f.Tensors[name] = Array{DType: dtype, Shape: shape, Data: rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "data")}
	}
	return f
}

func encoded(t interface{ Fatal(...any) }, f *File) []byte {
	var b bytes.Buffer
	if err := writable(f); err != nil {
		t.Fatal(err)
	}
	if err := encodeSafetensors(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSafetensorsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := genFile(t)
		b := encoded(t, f)
		got, err := ReadSafetensors(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f.Tensors, got.Tensors, sameData); diff != "" {
			t.Errorf("tensors (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(f.Metadata, got.Metadata, sameData); diff != "" {
			t.Errorf("metadata (-want +got):\n%s", diff)
		}
		if got.Checksum != checksum(f) {
			t.Errorf("checksum %q, want %q", got.Checksum, checksum(f))
		}
		if again := encoded(t, got); !bytes.Equal(again, b) {
			t.Errorf("written again, the file differs:\n%q\n%q", b, again)
		}
		if header := binary.LittleEndian.Uint64(b); header%8 != 0 {
			t.Errorf("the data begins at byte %d, no multiple of 8", 8+header)
		}
	})
}

// TestSafetensorsChanged changes each byte of a file: the reader notices, or
// the content is the same (a space or an escape in the header).
func TestSafetensorsChanged(t *testing.T) {
	f := &File{
		Tensors:  map[string]Array{"a": Int64s([]int{2}, []int64{1, 2}), "b": Bytes([]int{3}, []byte{1, 2, 3})},
		Metadata: map[string]string{"epoch": "12", "seed": "87"},
	}
	b := encoded(t, f)
	wrongSum := 0
	for i := range b {
		for _, flip := range []byte{1, 2, 0x20, 0x80} {
			changed := slices.Clone(b)
			changed[i] ^= flip
			got, err := ReadSafetensors(changed)
			if errors.Is(err, ErrChecksum) {
				wrongSum++
			}
			if err != nil {
				continue
			}
			if got.Checksum != "" && (!cmp.Equal(f.Tensors, got.Tensors) || !cmp.Equal(f.Metadata, got.Metadata)) {
				t.Errorf("byte %d changed by %#x: read, with its checksum, as something else", i, flip)
			}
		}
	}
	// Every change of the data and of the metadata's values ends here.
	if wrongSum < 4*19 {
		t.Errorf("%d changes were found by the checksum, want the %d of the data at least", wrongSum, 4*19)
	}
}

func TestWriteSafetensors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	f := &File{Tensors: network(""), Metadata: map[string]string{"epoch": "100"}}
	if err := WriteSafetensors(path, f); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.Tensors, got.Tensors, sameData); diff != "" {
		t.Errorf("tensors (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(f.Metadata, got.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}

	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-1] ^= 1
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); !errors.Is(err, ErrChecksum) || !strings.Contains(err.Error(), path) {
		t.Errorf("a changed byte: %v, want ErrChecksum and the file's name", err)
	}
}

func TestWriteSafetensorsRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	one := Float32s([]int{1}, []float32{1})
	for want, f := range map[string]*File{
		`"__metadata__" cannot be`: {Tensors: map[string]Array{"__metadata__": one}},
		`"\xff" cannot be`:         {Tensors: map[string]Array{"\xff": one}},
		`"a": shape [2] of F32`:    {Tensors: map[string]Array{"a": Float32s([]int{2}, []float32{1})}},
		`"a": unknown element`:     {Tensors: map[string]Array{"a": {}}},
		"not valid UTF-8":          {Metadata: map[string]string{"a": "\xff"}},
		"kept for the checksum":    {Metadata: map[string]string{checksumKey: ""}},
	} {
		err := WriteSafetensors(path, f)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v, want %q and the path", err, want)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a refused file was written")
	}
}

// safetensor is a file with the given header and data.
func safetensor(header, data string) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

func TestReadSafetensorsRefuses(t *testing.T) {
	tensor := func(dtype, shape, offsets string) string {
		return `{"dtype":"` + dtype + `","shape":` + shape + `,"data_offsets":` + offsets + `}`
	}
	good := tensor("U8", "[2]", "[0,2]")
	if _, err := ReadSafetensors(safetensor(`{"a":`+good+`}  `, "xy")); err != nil {
		t.Fatalf("the model of what follows: %v", err)
	}
	for want, b := range map[string][]byte{
		"too few for a file":            {},
		"not a JSON object":             []byte("\x01\x00\x00\x00\x00\x00\x00\x00["),
		"2305843009213693952 bytes":     []byte("\x00\x00\x00\x00\x00\x00\x00\x20{}"),
		"18446744073709551615 bytes":    []byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"),
		"invalid character '1'":         safetensor(`{1:2}`, ""),
		"goes on":                       safetensor(`{}{}`, ""),
		"goes on ":                      safetensor(`{}x`, ""),
		"the header: ":                  safetensor(`{"a":`+good, "xy"),
		`entry "a": EOF`:                safetensor(`{"a":`, ""),
		`"a" is in the header twice`:    safetensor(`{"a":`+good+`,"a":`+good+`}`, "xy"),
		`"__metadata__" is in the head`: safetensor(`{"__metadata__":{},"__metadata__":{}}`, ""),
		"metadata: ":                    safetensor(`{"__metadata__":{"epoch":1}}`, ""),
		`unknown field "extra"`:         safetensor(`{"a":{"extra":1}}`, ""),
		"lacks":                         safetensor(`{"a":{}}`, ""),
		"lacks ":                        safetensor(`{"a":`+tensor("U8", "[2]", "[0,2,4]")+`}`, "xy"),
		"lacks   ":                      safetensor(`{"a":null}`, "xy"),
		`type "F12"`:                    safetensor(`{"a":`+tensor("F12", "[2]", "[0,2]")+`}`, "xy"),
		"bytes -1 to 2":                 safetensor(`{"a":`+tensor("U8", "[3]", "[-1,2]")+`}`, "xy"),
		"bytes 2 to 0":                  safetensor(`{"a":`+tensor("U8", "[2]", "[2,0]")+`}`, "xy"),
		"bytes 0 to 3":                  safetensor(`{"a":`+tensor("U8", "[3]", "[0,3]")+`}`, "xy"),
		"shape [3] of U8":               safetensor(`{"a":`+tensor("U8", "[3]", "[0,2]")+`}`, "xy"),
		"impossible shape [-2, -1]":     safetensor(`{"a":`+tensor("U8", "[-2,-1]", "[0,2]")+`}`, "xy"),
		"shape [1152921504606846976]":   safetensor(`{"a":`+tensor("F32", "[1152921504606846976]", "[0,2]")+`}`, "xy"),
		"impossible shape [1073741824,": safetensor(`{"a":`+tensor("U8", "[1073741824,1073741824,8]", "[0,2]")+`}`, "xy"),
		`"1e3" is not an integer`:       safetensor(`{"a":`+tensor("U8", "[1e3]", "[0,2]")+`}`, "xy"),
		"not a short array":             safetensor(`{"a":{"shape":[`+strings.Repeat("1,", 1000)+`1]}}`, ""),
		"not a short array ":            safetensor(`{"a":{"shape":{}}}`, ""),
		`"null" is not a short array`:   safetensor(`{"a":`+tensor("U8", "null", "[0,2]")+`}`, "xy"),
		"begins at byte 0 of the data":  safetensor(`{"a":`+good+`,"b":`+good+`}`, "xy"),
		"begins at byte 1 of the data":  safetensor(`{"a":`+tensor("U8", "[1]", "[1,2]")+`}`, "xy"),
		"3 bytes of data, 2 of them":    safetensor(`{"a":`+good+`}`, "xyz"),
		"SHA-256":                       safetensor(`{"__metadata__":{"aeprobe.sha256":"0"},"a":`+good+`}`, "xy"),
	} {
		if _, err := ReadSafetensors(b); err == nil || !strings.Contains(err.Error(), strings.TrimRight(want, " ")) {
			t.Errorf("%q: %v, want %q", b, err, want)
		}
	}
}

func FuzzReadSafetensors(f *testing.F) {
	f.Add(fixture(f, "types.safetensors"))
	f.Add(encoded(f, &File{Tensors: types(), Metadata: map[string]string{"epoch": "1"}}))
	f.Add(encoded(f, &File{}))
	f.Add(safetensor(`{"a":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4]}}`, "wxyz"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := ReadSafetensors(b)
		if err != nil {
			return
		}
		checkFile(t, file)
		if len(file.Tensors) > 0 {
			checkSource(t, sourceOf(file), len(b))
		}
	})
}

// checkFile checks what holds for whatever was read.
func checkFile(t *testing.T, f *File) {
	t.Helper()
	for name, a := range f.Tensors {
		if err := a.check(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	var mismatch *MismatchError
	if err := Match(f, specs(f.Tensors)); err != nil && (!errors.As(err, &mismatch) || mismatch.Missing != nil || mismatch.Unexpected != nil) {
		t.Errorf("matched with itself: %v", err)
	}
	if writable(f) != nil {
		return // a name that JSON could not keep
	}
	got, err := ReadSafetensors(encoded(t, f))
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(got.Tensors, f.Tensors, func(a, b Array) bool { return cmp.Equal(a, b, sameData) }) {
		t.Error("written and read again, the tensors differ")
	}
}

func TestHeaderIsCompact(t *testing.T) {
	b := encoded(t, &File{Tensors: map[string]Array{"scalar": Float32s(nil, []float32{1}), "wide": Int64s([]int{1}, []int64{2})}})
	var header map[string]json.RawMessage
	if err := json.Unmarshal(b[8:8+binary.LittleEndian.Uint64(b)], &header); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"wide":   `{"dtype":"I64","shape":[1],"data_offsets":[0,8]}`,
		"scalar": `{"dtype":"F32","shape":[],"data_offsets":[8,12]}`,
	} {
		if got := string(header[name]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
