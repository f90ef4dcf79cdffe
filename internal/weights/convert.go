package weights

import (
	"encoding/binary"
	"math"
)

// converts holds where Fit converts elements, as load_state_dict does.
func converts(from, to DType) bool {
	return to == F32 && (from == F16 || from == BF16 || from == F64)
}

// float32s is an F16, BF16 or F64 array as F32. The first two are exact. A
// float64 is rounded to the nearest float32, to the even one of two equally
// near, and becomes an infinity beyond the greatest.
func (a Array) float32s() (Array, error) {
	if err := a.check(); err != nil {
		return Array{}, err
	}
	size := a.DType.Size()
	out := Array{DType: F32, Shape: a.Shape, Data: make([]byte, 0, len(a.Data)/size*4)}
	le := binary.LittleEndian
	for at := 0; at < len(a.Data); at += size {
		b := a.Data[at:]
		var bits uint32
		switch a.DType {
		case F16:
			bits = fromFloat16(le.Uint16(b))
		case BF16:
			bits = uint32(le.Uint16(b)) << 16
		case F64:
			bits = math.Float32bits(float32(math.Float64frombits(le.Uint64(b))))
		}
		out.Data = le.AppendUint32(out.Data, bits)
	}
	return out, nil
}

// fromFloat16 is a float16 (1 bit of sign, 5 of exponent, 10 of mantissa) as a
// float32 (1, 8, 23).
func fromFloat16(h uint16) uint32 {
	sign := uint32(h&0x8000) << 16
	exponent, mantissa := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0: // zero, or a denormal, mantissa * 2^-24, which is normal here
		return sign | math.Float32bits(float32(mantissa)*0x1p-24)
	case 0x1f: // infinity and NaN
		return sign | 0x7f800000 | mantissa<<13
	}
	return sign | (exponent+127-15)<<23 | mantissa<<13
}
