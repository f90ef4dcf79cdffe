package weights

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// converted is the float32 bits of one value.
func converted(t interface{ Fatal(...any) }, dtype DType, bits uint64) uint32 {
	data := binary.LittleEndian.AppendUint64(nil, bits)[:dtype.Size()]
	a, err := Array{DType: dtype, Data: data}.float32s()
	if err != nil {
		t.Fatal(err)
	}
	if a.DType != F32 || len(a.Data) != 4 {
		t.Fatal(a)
	}
	return binary.LittleEndian.Uint32(a.Data)
}

func isNaN(bits uint32) bool { return bits&0x7f800000 == 0x7f800000 && bits&0x7fffff != 0 }

// TestConvertByHand has values worked out on paper.
func TestConvertByHand(t *testing.T) {
	for _, test := range []struct {
		from DType
		bits uint64
		want uint32
		what string
	}{
		{F16, 0x0000, 0x00000000, "0"},
		{F16, 0x8000, 0x80000000, "-0"},
		{F16, 0x3c00, 0x3f800000, "1"},
		{F16, 0xc000, 0xc0000000, "-2"},
		{F16, 0x3555, 0x3eaaa000, "0.333251953125"},
		{F16, 0x7bff, 0x477fe000, "65504, the greatest"},
		{F16, 0x0400, 0x38800000, "2^-14, the least normal"},
		{F16, 0x03ff, 0x387fc000, "1023 * 2^-24, the greatest denormal"},
		{F16, 0x8001, 0xb3800000, "-2^-24, the least denormal"},
		{F16, 0x7c00, 0x7f800000, "an infinity"},
		{F16, 0xfc00, 0xff800000, "the other"},

		{BF16, 0x3f80, 0x3f800000, "1"},
		{BF16, 0xc2f7, 0xc2f70000, "-123.5"},
		{BF16, 0x7f7f, 0x7f7f0000, "the greatest"},
		{BF16, 0x0001, 0x00010000, "2^-133, the least denormal"},
		{BF16, 0x8000, 0x80000000, "-0"},
		{BF16, 0xff80, 0xff800000, "an infinity"},

		{F64, 0x3ff0000000000000, 0x3f800000, "1"},
		{F64, 0x3fb999999999999a, 0x3dcccccd, "0.1, up"},
		{F64, 0x3fd5555555555555, 0x3eaaaaab, "1/3, up"},
		{F64, 0x3ff0000010000000, 0x3f800000, "1 + 2^-24, half way: down to the even"},
		{F64, 0x3ff0000010000001, 0x3f800001, "a little more"},
		{F64, 0x3ff0000030000000, 0x3f800002, "1 + 3 * 2^-24, half way: up to the even"},
		{F64, 0x3ff000002fffffff, 0x3f800001, "a little less"},
		{F64, 0x3810000000000000, 0x00800000, "2^-126, the least normal"},
		{F64, 0x380fffffffffffff, 0x00800000, "a little less"},
		{F64, 0x36a0000000000000, 0x00000001, "2^-149, the least denormal"},
		{F64, 0x3690000000000000, 0x00000000, "2^-150, half way: down to the even"},
		{F64, 0x3690000000000001, 0x00000001, "a little more"},
		{F64, 0xb6a8000000000000, 0x80000002, "-1.5 * 2^-149, half way: up to the even"},
		{F64, 0x8000000000000001, 0x80000000, "the least float64: -0"},
		{F64, 0x47efffffe0000000, 0x7f7fffff, "the greatest"},
		{F64, 0x47efffffefffffff, 0x7f7fffff, "less than half a step beyond it"},
		{F64, 0x47effffff0000000, 0x7f800000, "half a step beyond it: an infinity"},
		{F64, 0xffefffffffffffff, 0xff800000, "the greatest float64, negative"},
		{F64, 0x7ff0000000000000, 0x7f800000, "an infinity"},
	} {
		if got := converted(t, test.from, test.bits); got != test.want {
			t.Errorf("%s %#x, %s: %#08x, want %#08x", test.from, test.bits, test.what, got, test.want)
		}
	}
	for from, all := range map[DType][]uint64{
		F16:  {0x7c01, 0x7e00, 0xffff},
		BF16: {0x7f81, 0x7fc0, 0xffff},
		F64:  {0x7ff0000000000001, 0x7ff8000000000000, 0xffffffffffffffff},
	} {
		for _, bits := range all {
			if got := converted(t, from, bits); !isNaN(got) {
				t.Errorf("%s %#x, NaN: %#08x", from, bits, got)
			}
		}
	}
}

// TestConvertEveryHalf compares all float16 with the definition.
func TestConvertEveryHalf(t *testing.T) {
	for h := range uint64(1 << 16) {
		exponent, mantissa := int(h>>10&0x1f), float64(h&0x3ff)
		if exponent == 0x1f {
			continue
		}
		want := math.Ldexp(1024+mantissa, exponent-25)
		if exponent == 0 {
			want = math.Ldexp(mantissa, -24)
		}
		want = math.Copysign(want, 1-2*float64(h>>15))
		if got := math.Float32frombits(converted(t, F16, h)); float64(got) != want || math.Signbit(float64(got)) != math.Signbit(want) {
			t.Fatalf("%#04x: %v, want %v", h, got, want)
		}
	}
}

// TestConvertDoubles compares with big.Float's rounding.
func TestConvertDoubles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64().Draw(t, "x")
		if rapid.Bool().Draw(t, "near float32's range") {
			mantissa := rapid.Int64Range(-1<<53, 1<<53).Draw(t, "mantissa")
			x = math.Ldexp(float64(mantissa), rapid.IntRange(-210, 76).Draw(t, "exponent"))
		}
		if math.IsInf(x, 0) {
			return
		}
		want, _ := big.NewFloat(x).Float32()
		if got := converted(t, F64, math.Float64bits(x)); got != math.Float32bits(want) {
			t.Errorf("%x: %#08x, want %#08x", x, got, math.Float32bits(want))
		}
	})
}

func TestConvertManyValues(t *testing.T) {
	shape := []int{2, 3}
	for _, a := range []Array{narrowed(F16, ramp(2, 3)), narrowed(BF16, ramp(2, 3)), Float64s(shape, []float64{-10, -9.75, -9.5, -9.25, -9, -8.75})} {
		got, err := a.float32s()
		if err != nil {
			t.Fatal(err)
		}
		if v, err := got.Float32s(); err != nil || !slices.Equal(v, []float32{-10, -9.75, -9.5, -9.25, -9, -8.75}) || !slices.Equal(got.Shape, shape) {
			t.Errorf("%s: %v %v, %v", a.DType, v, got.Shape, err)
		}
	}
	if _, err := (Array{DType: F16, Shape: []int{2}, Data: []byte{0}}).float32s(); err == nil {
		t.Error("one byte is two float16")
	}
}
