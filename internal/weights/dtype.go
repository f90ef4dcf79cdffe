package weights

// DType is an element type, by its name in safetensors.
type DType string

const (
	Bool       DType = "BOOL"
	U8         DType = "U8"
	U16        DType = "U16"
	U32        DType = "U32"
	U64        DType = "U64"
	I8         DType = "I8"
	I16        DType = "I16"
	I32        DType = "I32"
	I64        DType = "I64"
	F8E4M3     DType = "F8_E4M3"
	F8E5M2     DType = "F8_E5M2"
	F8E8M0     DType = "F8_E8M0"
	F8E4M3FNUZ DType = "F8_E4M3FNUZ"
	F8E5M2FNUZ DType = "F8_E5M2FNUZ"
	F16        DType = "F16"
	BF16       DType = "BF16"
	F32        DType = "F32"
	F64        DType = "F64"
	C64        DType = "C64"
	// Types that PyTorch stores and safetensors does not.
	complex32   DType = "C32"
	complex128  DType = "C128"
	quantized8  DType = "QI8"
	quantizedU8 DType = "QU8"
	quantized32 DType = "QI32"
)

// dtypes has the size of an element in bytes, and PyTorch's name for the type
// and, since it came first, for a storage of it.
var dtypes = map[DType]struct {
	size           int
	torch, storage string
}{
	Bool:        {1, "bool", "BoolStorage"},
	U8:          {1, "uint8", "ByteStorage"},
	U16:         {2, "uint16", ""},
	U32:         {4, "uint32", ""},
	U64:         {8, "uint64", ""},
	I8:          {1, "int8", "CharStorage"},
	I16:         {2, "int16", "ShortStorage"},
	I32:         {4, "int32", "IntStorage"},
	I64:         {8, "int64", "LongStorage"},
	F8E4M3:      {1, "float8_e4m3fn", ""},
	F8E5M2:      {1, "float8_e5m2", ""},
	F8E8M0:      {1, "float8_e8m0fnu", ""},
	F8E4M3FNUZ:  {1, "float8_e4m3fnuz", ""},
	F8E5M2FNUZ:  {1, "float8_e5m2fnuz", ""},
	F16:         {2, "float16", "HalfStorage"},
	BF16:        {2, "bfloat16", "BFloat16Storage"},
	F32:         {4, "float32", "FloatStorage"},
	F64:         {8, "float64", "DoubleStorage"},
	C64:         {8, "complex64", "ComplexFloatStorage"},
	complex32:   {4, "complex32", "ComplexHalfStorage"},
	complex128:  {16, "complex128", "ComplexDoubleStorage"},
	quantized8:  {1, "qint8", "QInt8Storage"},
	quantizedU8: {1, "quint8", "QUInt8Storage"},
	quantized32: {4, "qint32", "QInt32Storage"},
}

// Size is the number of bytes of one element, 0 where the type is unknown.
func (d DType) Size() int { return dtypes[d].size }

// torch is PyTorch's name of the type.
func (d DType) torch() string {
	if known, ok := dtypes[d]; ok {
		return known.torch
	}
	return string(d)
}

// isFloat8 holds for types that nothing computes with.
func (d DType) isFloat8() bool {
	switch d {
	case F8E4M3, F8E5M2, F8E8M0, F8E4M3FNUZ, F8E5M2FNUZ:
		return true
	}
	return false
}

// storageTypes are the types of PyTorch's storage classes, and torchTypes its
// dtypes, by name.
var storageTypes, torchTypes = func() (storages, types map[string]DType) {
	storages, types = map[string]DType{}, map[string]DType{}
	for d, names := range dtypes {
		types[names.torch] = d
		if names.storage != "" {
			storages[names.storage] = d
		}
	}
	return storages, types
}()
