package weights

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sameData treats a nil and an empty shape as the scalar's that both are.
var sameData = cmpopts.EquateEmpty()

func TestArrayValues(t *testing.T) {
	f32 := []float32{0, -1.5, math.MaxFloat32}
	if got, err := Float32s([]int{3}, f32).Float32s(); err != nil || !slices.Equal(got, f32) {
		t.Errorf("float32: %v, %v", got, err)
	}
	f64 := []float64{0, -1.5, math.MaxFloat64}
	if got, err := Float64s([]int{3}, f64).Float64s(); err != nil || !slices.Equal(got, f64) {
		t.Errorf("float64: %v, %v", got, err)
	}
	i64 := []int64{0, -1, math.MaxInt64}
	if got, err := Int64s([]int{3}, i64).Int64s(); err != nil || !slices.Equal(got, i64) {
		t.Errorf("int64: %v, %v", got, err)
	}
	u8 := []byte{0, 1, 255}
	if got, err := Bytes([]int{3}, u8).Bytes(); err != nil || !slices.Equal(got, u8) {
		t.Errorf("bytes: %v, %v", got, err)
	}
	if diff := cmp.Diff([]byte{0, 0, 0xc0, 0xbf}, Float32s(nil, []float32{-1.5}).Data); diff != "" {
		t.Errorf("little endian (-want +got):\n%s", diff)
	}
}

func TestArrayIsACopy(t *testing.T) {
	v := []float32{1, 2}
	shape := []int{2}
	a := Float32s(shape, v)
	v[0], shape[0] = 7, 7
	got, err := a.Float32s()
	if err != nil || got[0] != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	got[1] = 7
	if again, _ := a.Float32s(); again[1] != 2 {
		t.Errorf("a change of the elements returned changed the array")
	}
}

func TestArrayErrors(t *testing.T) {
	for want, a := range map[string]Array{
		"type is F64, not F32":                    Float64s([]int{1}, []float64{1}),
		"shape [2] of F32 does not fit 4 bytes":   Float32s([]int{2}, []float32{1}),
		"impossible shape [-1]":                   {DType: F32, Shape: []int{-1}},
		"impossible shape [4294967296, 429496729": {DType: F32, Shape: []int{1 << 32, 1 << 32}},
		"shape [2305843009213693952] of F32":      {DType: F32, Shape: []int{1 << 61}},
		"a shape of 65 dimensions":                {DType: F32, Shape: make([]int, 65)},
	} {
		if _, err := a.Float32s(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := (Array{DType: "F12"}).check(); err == nil {
		t.Error("type F12 is known")
	}
}

func BenchmarkFloat32s(b *testing.B) {
	a := Float32s([]int{10000, 768}, make([]float32, 10000*768))
	b.SetBytes(int64(len(a.Data)))
	for b.Loop() {
		if _, err := a.Float32s(); err != nil {
			b.Fatal(err)
		}
	}
}
