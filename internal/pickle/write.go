package pickle

import "encoding/binary"

// Writer makes a pickle of protocol 2, which Python 2 and 3 and weights_only=True
// read. Its methods append the instructions for one value each; a value may be
// anything that needs no more than these. The zero Writer is ready.
type Writer struct{ code []byte }

func (w *Writer) op(code byte, argument ...byte) { w.code = append(append(w.code, code), argument...) }

// Text is a string of valid UTF-8, at most 4 GB.
func (w *Writer) Text(s string) {
	w.op(opBinUnicode, binary.LittleEndian.AppendUint32(nil, uint32(len(s)))...)
	w.code = append(w.code, s...)
}

// Int is an integer.
func (w *Writer) Int(n int) {
	if n >= 0 && n < 1<<31 {
		w.op(opBinInt, binary.LittleEndian.AppendUint32(nil, uint32(n))...)
		return
	}
	w.op(opLong1, append([]byte{8}, binary.LittleEndian.AppendUint64(nil, uint64(n))...)...)
}

// False is a bool.
func (w *Writer) False() { w.op(opNewFalse) }

// Global is a function or a class by its module and name, which must have no line
// breaks.
func (w *Writer) Global(module, name string) { w.op(opGlobal, []byte(module+"\n"+name+"\n")...) }

// Tuple is one of the values that f appends.
func (w *Writer) Tuple(f func()) {
	w.op(opMark)
	f()
	w.op(opTuple)
}

// Call is what a function gives for the arguments that f appends.
func (w *Writer) Call(module, name string, f func()) {
	w.Global(module, name)
	w.Tuple(f)
	w.op(opReduce)
}

// Persistent is an object that is stored elsewhere, by the key that f appends.
func (w *Writer) Persistent(f func()) {
	f()
	w.op(opBinPersID)
}

// OrderedDict is a collections.OrderedDict of the keys and values that f appends in
// turn; f may append none.
func (w *Writer) OrderedDict(f func()) {
	w.Call("collections", "OrderedDict", func() {})
	w.op(opMark)
	f()
	w.op(opSetItems)
}

// Pickle is the whole pickle of the value that f appends.
func Pickle(f func(w *Writer)) []byte {
	w := new(Writer)
	w.op(opProto, 2)
	f(w)
	w.op(opStop)
	return w.code
}
