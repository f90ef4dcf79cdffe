package weights

import (
	"encoding/binary"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testdata holds what testdata/make.py and make_neighbours.py write with
// PyTorch, NumPy and the official safetensors library, and make_python2.py with
// Python 2.7; PyTorch 2.11 reads the latter's files as well. The other way, files that WriteSafetensors and
// WriteNPY made were read by hand with safetensors 0.8.0 (load_file, safe_open's
// metadata) and NumPy 2 (numpy.load) and compared with the values written.

// ramp is element i of every array: (i % 100) / 4 - 10.
func ramp(shape ...int) Array {
	n, _ := elements(shape)
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i%100)/4 - 10
	}
	return Float32s(shape, v)
}

// picked is an array of a ramp's elements with the given numbers.
func picked(shape []int, numbers ...int) Array {
	v := make([]float32, len(numbers))
	for i, n := range numbers {
		v[i] = float32(n%100)/4 - 10
	}
	return Float32s(shape, v)
}

// narrowed rounds a float32 array to F16 or BF16; the values are exact in both.
func narrowed(dtype DType, a Array) Array {
	v, _ := a.Float32s()
	out := Array{DType: dtype, Shape: a.Shape}
	for _, x := range v {
		bits := math.Float32bits(x)
		half := uint16(bits >> 16)
		if dtype == F16 {
			exponent := bits>>23&0xff - 127 + 15
			half = uint16(bits>>31<<15 | exponent<<10 | bits>>13&0x3ff)
		}
		out.Data = binary.LittleEndian.AppendUint16(out.Data, half)
	}
	return out
}

func types() map[string]Array {
	ints := func(dtype DType, data ...byte) Array { return Array{DType: dtype, Shape: []int{3}, Data: data} }
	doubles := []float64{-10, -9.75, -9.5, -9.25, -9, -8.75}
	return map[string]Array{
		"bool":   ints(Bool, 1, 0, 1),
		"u8":     Bytes([]int{3}, []byte{0, 1, 255}),
		"i8":     ints(I8, 0, 1, 255),
		"i16":    ints(I16, 0, 0, 1, 0, 255, 255),
		"i32":    ints(I32, 0, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255),
		"i64":    Int64s([]int{3}, []int64{0, 1, -1}),
		"f16":    narrowed(F16, ramp(2, 3)),
		"bf16":   narrowed(BF16, ramp(2, 3)),
		"f32":    ramp(2, 3),
		"f64":    Float64s([]int{2, 3}, doubles),
		"scalar": Float32s(nil, []float32{-10}),
		"empty":  Float32s([]int{0, 3}, nil),
	}
}

func network(prefix string) map[string]Array {
	all := parameters()
	all["1.running_mean"] = ramp(4)
	all["1.running_var"] = ramp(4)
	all["1.num_batches_tracked"] = Int64s(nil, []int64{-10})
	prefixed := map[string]Array{}
	for name, a := range all {
		prefixed[prefix+name] = a
	}
	return prefixed
}

func parameters() map[string]Array {
	return map[string]Array{
		"0.weight": ramp(4, 3, 4, 4), "0.bias": ramp(4),
		"1.weight": ramp(4), "1.bias": ramp(4),
		"2.weight": ramp(4, 2, 4, 4), "2.bias": ramp(2),
		"3.weight": ramp(5, 8), "3.bias": ramp(5),
	}
}

func views() map[string]Array {
	return map[string]Array{
		"base":   ramp(4, 6),
		"tied":   ramp(4, 6),
		"row":    picked([]int{6}, 6, 7, 8, 9, 10, 11),
		"column": picked([]int{4}, 2, 8, 14, 20),
		"transposed": picked([]int{6, 4},
			0, 6, 12, 18, 1, 7, 13, 19, 2, 8, 14, 20, 3, 9, 15, 21, 4, 10, 16, 22, 5, 11, 17, 23),
		"step": picked([]int{2, 2}, 1, 4, 13, 16),
	}
}

// linear is the network of make_neighbours.py and make_python2.py.
func linear() map[string]Array {
	return map[string]Array{"0.weight": ramp(4, 3), "0.bias": ramp(4), "2.weight": ramp(2, 4), "2.bias": ramp(2)}
}

func TestReadPython(t *testing.T) {
	expanded := linear()
	expanded["0.bias"] = Float32s([]int{4}, []float32{-10, -10, -10, -10})
	under := func(key string) []string { return []string{"read state_dict under key " + key} }
	for name, test := range map[string]struct {
		want  map[string]Array
		notes []string
	}{
		"types.safetensors":       {types(), nil},
		"types.pt":                {types(), nil},
		"types_legacy.pt":         {types(), nil},
		"network.pt":              {network(""), nil},
		"network_legacy.pt":       {network(""), nil},
		"network_protocol5.pt":    {network(""), nil},
		"network_no_crc.pt":       {network(""), nil},
		"parameters.pt":           {parameters(), nil},
		"data_parallel.pt":        {network(""), []string{`stripped prefix "module."`}},
		"nested.pt":               {network(""), []string{`read state_dict under key "model"`}},
		"nested_state_dict.pt":    {network(""), []string{`read state_dict under key "state_dict"`}},
		"channels_last.pt":        {network(""), nil},
		"channels_last_legacy.pt": {network(""), nil},
		"views.pt":                {views(), nil},

		"neighbours.pt":           {linear(), under(`"state_dict"`)},
		"neighbours_protocol5.pt": {linear(), under(`"state_dict"`)},
		"neighbours_legacy.pt":    {linear(), under(`"state_dict"`)},
		"protocol1.pt":            {linear(), nil},
		"averaged.pt": {linear(), []string{`stripped prefix "module."`,
			`left out 1 tensor without that prefix: "n_averaged" (int64 [])`}},
		"half.pt":               {linear(), []string{"converted 4 tensors from float16"}},
		"double.pt":             {linear(), []string{"converted 4 tensors from float64"}},
		"expanded_bias.pt":      {expanded, nil},
		"python2.pt":            {linear(), nil},
		"python2_checkpoint.pt": {linear(), under(`"state_dict"`)},
		"python2_protocol1.pt":  {linear(), under(`"state_dict"`)},
		"torch0.3.pt":           {linear(), under(`"net"`)},
	} {
		s, err := Open("testdata/" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		f, _, err := s.Fit(specs(test.want))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(test.want, f.Tensors, sameData); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(test.notes, f.Notes); diff != "" {
			t.Errorf("%s, notes (-want +got):\n%s", name, diff)
		}
	}
	f, err := Read("testdata/types.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if f.Checksum != "" {
		t.Errorf("checksum %q found in a file without one", f.Checksum)
	}
	if diff := cmp.Diff(map[string]string{"made by": "safetensors", "note": "a < b"}, f.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

func TestOpenRefusesPython(t *testing.T) {
	for name, want := range map[string]string{
		"whole_model.pt": `holds a "torch.nn.modules.container.Sequential", not a dict`,
		"tensor.pt":      "holds a tensor, not a dict",
		"list.pt":        "holds a list, not a dict",
		"matrix.npy":     "a NumPy array",
		"missing.pt":     "no such file",
		".":              "not a regular file",
	} {
		_, err := Open("testdata/" + name)
		if err == nil {
			t.Errorf("%s was read, want an error with %q", name, want)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "testdata/") {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	for name, want := range map[string]string{
		"float8.pt":   "torch.save(model.float().state_dict(), path)",
		"two.pt":      `2 whole networks: under key "model"; under key "ema"`,
		"expanded.pt": `"x": shape [1099511627776], want [2]`,
		"sparse.pt":   "t.to_dense()",
	} {
		s, err := Open("testdata/" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, _, err = s.Fit(specs(linear()), specs(map[string]Array{"x": oneTwo})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// TestReadCutOff reads every beginning of each file: an error, not a panic.
func TestReadCutOff(t *testing.T) {
	for _, name := range []string{"types.safetensors", "types_legacy.pt", "types.pt", "python2_protocol1.pt"} {
		b := fixture(t, name)
		for n := range len(b) {
			if _, err := parse(b[:n]); err == nil {
				t.Errorf("the first %d of %s's %d bytes were read without an error", n, name, len(b))
			}
		}
	}
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
