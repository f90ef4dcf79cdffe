package weights

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatch(t *testing.T) {
	inf, nan := float32(math.Inf(-1)), float32(math.NaN())
	f := &File{Tensors: map[string]Array{
		"good":     ramp(2, 3),
		"count":    Int64s(nil, []int64{math.MinInt64}),
		"shape":    ramp(3, 2),
		"type":     Float64s([]int{2}, []float64{1, 2}),
		"both":     Int64s([]int{4}, []int64{1, 2, 3, 4}),
		"extra":    ramp(4),
		"nan":      Float32s([]int{2, 3}, []float32{0, math.MaxFloat32, math.SmallestNonzeroFloat32, 1, nan, inf}),
		"all":      Float32s([]int{1}, []float32{inf}),
		"double":   Float64s([]int{2}, []float64{math.MaxFloat64, math.Inf(1)}),
		"half":     {DType: F16, Shape: []int{2}, Data: []byte{0xff, 0x7b, 0x00, 0x7c}},
		"brain":    {DType: BF16, Shape: []int{2}, Data: []byte{0x7f, 0x7f, 0xc0, 0xff}},
		"a scalar": Float32s(nil, []float32{nan}),
	}}
	want := map[string]Spec{
		"good":     {F32, []int{2, 3}},
		"count":    {I64, nil},
		"shape":    {F32, []int{2, 3}},
		"type":     {F32, []int{2}},
		"both":     {F32, []int{1}},
		"missing":  {F32, []int{12, 3, 4, 4}},
		"nan":      {F32, []int{2, 3}},
		"all":      {F32, []int{2}},
		"double":   {F64, []int{2}},
		"half":     {F16, []int{2}},
		"brain":    {BF16, []int{2}},
		"a scalar": {F32, nil},
	}
	var mismatch *MismatchError
	if err := Match(f, want); !errors.As(err, &mismatch) {
		t.Fatalf("%v, want a MismatchError", err)
	}
	if diff := cmp.Diff(&MismatchError{
		Missing:    []string{`"missing" (float32 [12, 3, 4, 4])`},
		Unexpected: []string{`"extra" (float32 [4])`}, UnexpectedCount: 1,
		Different: []string{
			`"a scalar": a value that is not finite at []`,
			`"all": shape [1], want [2]; a value that is not finite at [0]`,
			`"both": type int64, want float32; shape [4], want [1]`,
			`"brain": a value that is not finite at [1]`,
			`"double": a value that is not finite at [1]`,
			`"half": a value that is not finite at [1]`,
			`"nan": a value that is not finite at [1, 1]`,
			`"shape": shape [3, 2], want [2, 3]`,
			`"type": type float64, want float32`,
		},
	}, mismatch); diff != "" {
		t.Errorf("mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(`the weights do not fit:
  1 missing: "missing" (float32 [12, 3, 4, 4])
  1 unexpected: "extra" (float32 [4])
  9 different: "a scalar": a value that is not finite at [], "all": shape [1], want [2]; a value that is not finite at [0], `+
		`"both": type int64, want float32; shape [4], want [1] and 6 more`, mismatch.Error()); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}

	good := map[string]Spec{"good": want["good"], "count": want["count"]}
	if err := Match(&File{Tensors: map[string]Array{"good": ramp(2, 3), "count": f.Tensors["count"]}}, good); err != nil {
		t.Errorf("a file that matches: %v", err)
	}
	if err := Match(&File{}, nil); err != nil {
		t.Errorf("nothing wanted, nothing there: %v", err)
	}
}

// TestMatchIsStrict: a checkpoint holds each type as it was kept; nothing is
// converted.
func TestMatchIsStrict(t *testing.T) {
	kept := map[string]Array{
		"0.weight":              ramp(4),
		"1.running_mean":        ramp(4),
		"1.num_batches_tracked": Int64s(nil, []int64{1 << 40}),
		"generator":             Bytes([]int{3}, []byte{0, 1, 255}),
	}
	path := filepath.Join(t.TempDir(), "state.safetensors")
	if err := WriteSafetensors(path, &File{Tensors: kept}); err != nil {
		t.Fatal(err)
	}
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Match(f, specs(kept)); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(kept, f.Tensors, sameData); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
	for _, other := range []Array{narrowed(F16, ramp(4)), narrowed(BF16, ramp(4)), Float64s([]int{4}, make([]float64, 4))} {
		f.Tensors["0.weight"] = other
		if err := Match(f, specs(kept)); err == nil || !strings.Contains(err.Error(), "want float32") {
			t.Errorf("%s matches float32: %v", other.DType, err)
		}
	}
}
