package weights

import (
	"fmt"
	"io"
	"strconv"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/pickle"
)

// WriteTorch writes a state_dict as torch.save does since PyTorch 1.6, and as
// atomicfile.Write does; torch.load reads it with weights_only=True. The metadata is
// left out. It fails, before it writes, on an array that WriteSafetensors refuses,
// and on types that had no storage class in PyTorch.
func WriteTorch(path string, f *File) error {
	if err := f.writableAs("a PyTorch file", storageClasses()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return encodeTorch(w, f) })
}

func encodeTorch(w io.Writer, f *File) error {
	z := newZipWriter(w)
	z.add("archive/data.pkl", stateDict(f))
	z.add("archive/byteorder", []byte("little"))
	for i, name := range f.Names() {
		z.add("archive/data/"+strconv.Itoa(i), f.Tensors[name].Data)
	}
	z.add("archive/version", []byte("3\n"))
	return z.close()
}

func storageClasses() map[DType]string {
	classes := map[DType]string{}
	for d, names := range dtypes {
		classes[d] = names.storage
	}
	return classes
}

// stateDict is the pickle of an OrderedDict of tensors. Each has a storage to
// itself, whose key is the tensor's place among the sorted names.
func stateDict(f *File) []byte {
	return pickle.Pickle(func(w *pickle.Writer) {
		w.OrderedDict(func() {
			for i, name := range f.Names() {
				w.Text(name)
				writeTensor(w, strconv.Itoa(i), f.Tensors[name])
			}
		})
	})
}

// writeTensor writes a call of _rebuild_tensor_v2(storage, offset, shape, strides,
// requires_grad, backward_hooks).
func writeTensor(w *pickle.Writer, key string, a Array) {
	ints := func(values []int) func() {
		return func() {
			for _, v := range values {
				w.Int(v)
			}
		}
	}
	w.Call("torch._utils", "_rebuild_tensor_v2", func() {
		w.Persistent(func() {
			w.Tuple(func() {
				w.Text("storage")
				w.Global("torch", dtypes[a.DType].storage)
				w.Text(key)
				w.Text("cpu")
				w.Int(len(a.Data) / a.DType.Size())
			})
		})
		w.Int(0)
		w.Tuple(ints(a.Shape))
		w.Tuple(ints(rowMajorStrides(a.Shape)))
		w.False()
		w.OrderedDict(func() {})
	})
}

// rowMajorStrides are those of a dense array in row-major order, in elements.
func rowMajorStrides(shape []int) []int {
	strides := make([]int, len(shape))
	stride := 1
	for d := len(shape) - 1; d >= 0; d-- {
		strides[d] = stride
		stride *= max(shape[d], 1)
	}
	return strides
}
