package weights

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func tensorOf(dtype DType, stored, offset int, shape, stride []int) *tensor {
	s := &storage{key: "0", dtype: dtype, width: dtype.Size(), elements: stored}
	return &tensor{view: view{s, 0, stored}, dtype: dtype, offset: offset, shape: shape, stride: stride}
}

// TestRowMajor compares with the definition of strides, element by element.
func TestRowMajor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dtype := rapid.SampledFrom([]DType{U8, F16, F32, I64}).Draw(t, "type")
		stored := rapid.IntRange(0, 60).Draw(t, "stored")
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		stride := rapid.SliceOfN(rapid.IntRange(-1, 12), len(shape), len(shape)).Draw(t, "stride")
		if rapid.Bool().Draw(t, "a permutation") {
			step := 1
			for _, d := range rapid.Permutation(indices(len(shape))).Draw(t, "order") {
				stride[d] = step
				step *= shape[d]
			}
		}
		offset := rapid.IntRange(-1, 5).Draw(t, "offset")
		x := tensorOf(dtype, stored, offset, shape, stride)

		width := dtype.Size()
		data := make([]byte, stored*width)
		for i := range data {
			data[i] = byte(i)
		}
		n, _ := elements(shape)
		var want []byte
		inside := offset >= 0
		for i := range n {
			from := offset
			for d, at := range index(shape, i) {
				from += at * stride[d]
			}
			if from < 0 || from >= stored {
				inside = false
				break
			}
			want = append(want, data[from*width:(from+1)*width]...)
		}
		negative := slices.ContainsFunc(stride, func(s int) bool { return s < 0 })

		size, err := x.bytes()
		if n > 0 && negative || !inside {
			if err == nil {
				t.Fatal("accepted, but it is outside of its storage")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := x.rowMajor(data)
		if err != nil || size != len(want) || !bytes.Equal(got, want) {
			t.Errorf("%v, %v, size %d, want %v", got, err, size, want)
		}
	})
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestRowMajorKeepsContiguous(t *testing.T) {
	data := make([]byte, 4*12)
	x := tensorOf(F32, 12, 2, []int{2, 1, 5}, []int{5, 7, 1})
	got, err := x.rowMajor(data)
	if err != nil {
		t.Fatal(err)
	}
	if &got[0] != &data[8] || len(got) != 40 || cap(got) != 40 {
		t.Errorf("a contiguous tensor was copied, or can grow into its neighbour: length %d, capacity %d", len(got), cap(got))
	}
}
