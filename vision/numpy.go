package vision

import "slices"

// The names a batch's pickle may use, and what stands for them here. Nothing
// is looked up or run: reduce does by hand what numpy would.
const (
	npArray       = "numpy.ndarray"
	npDtype       = "numpy.dtype"
	npReconstruct = "numpy.core.multiarray._reconstruct"
	npFromBuffer  = "numpy.core.numeric._frombuffer"
	pyEncode      = "_codecs.encode"
	pyBytes       = "__builtin__.bytes"
)

// newerNames are those of numpy 2 and python 3.
var newerNames = map[string]string{
	"numpy._core.multiarray._reconstruct": npReconstruct,
	"numpy._core.numeric._frombuffer":     npFromBuffer,
	"builtins.bytes":                      pyBytes,
}

// ndarray is a numpy array of uint8. Its data is a part of the pickle.
type ndarray struct {
	shape   []int64
	data    []byte
	fortran bool // the first index runs fastest
	at      int  // byte of the opcode that filled it
}

// dtype is a numpy element type, by its name: "u1".
type dtype struct{ name string }

func (u *unpickler) global() error {
	module, err := u.line()
	if err != nil {
		return err
	}
	name, err := u.line()
	if err != nil {
		return err
	}
	return u.pushGlobal(string(module), string(name))
}

func (u *unpickler) stackGlobal() error {
	v, err := u.popN(2)
	if err != nil {
		return err
	}
	module, ok1 := stringOf(v[0])
	name, ok2 := stringOf(v[1])
	if !ok1 || !ok2 {
		return u.fault("the pickle has a name that is not a string")
	}
	return u.pushGlobal(module, name)
}

func (u *unpickler) pushGlobal(module, name string) error {
	full := module + "." + name
	if older, ok := newerNames[full]; ok {
		full = older
	}
	switch full {
	case npArray, npDtype, npReconstruct, npFromBuffer, pyEncode, pyBytes:
		u.push(global(full))
		return nil
	}
	return u.fault("the pickle names %q, which a batch does not need; nothing was run", full)
}

// reduce makes what a call of the named function with a tuple would.
func (u *unpickler) reduce() error {
	v, err := u.popN(2)
	if err != nil {
		return err
	}
	function, ok1 := v[0].(global)
	args, ok2 := v[1].(tuple)
	if !ok1 || !ok2 {
		return u.fault("the pickle calls what is not a function")
	}
	switch {
	case function == npReconstruct && len(args) == 3:
		// The array is empty until build fills it.
		u.push(&ndarray{at: u.at})
		return nil
	case function == npDtype && len(args) >= 1:
		if name, ok := stringOf(args[0]); ok {
			u.push(&dtype{name})
			return nil
		}
	case function == npFromBuffer && len(args) == 4:
		data, ok1 := args[0].(blob)
		order, ok2 := stringOf(args[3])
		if ok1 && ok2 && (order == "C" || order == "F") {
			a := &ndarray{}
			u.push(a)
			return u.fill(a, args[2], args[1], order == "F", data)
		}
	case function == pyEncode && len(args) == 2:
		s, ok1 := args[0].(text)
		encoding, ok2 := stringOf(args[1])
		if ok1 && ok2 && encoding == "latin1" {
			return u.pushLatin1(s)
		}
	case function == pyBytes && len(args) == 0:
		u.push(blob{})
		return nil
	}
	return u.fault("the pickle calls %s in a way that a batch does not need", function)
}

// build gives an array or an element type its state.
func (u *unpickler) build() error {
	v, err := u.pop()
	if err != nil {
		return err
	}
	state, _ := v.(tuple)
	object, err := u.top()
	if err != nil {
		return err
	}
	switch object := object.(type) {
	case *dtype:
		// (version, byte order, ...): of no account for single bytes.
		return nil
	case *ndarray:
		if len(state) == 5 {
			fortran, ok1 := truth(state[3])
			data, ok2 := state[4].(blob)
			if ok1 && ok2 {
				return u.fill(object, state[1], state[2], fortran, data)
			}
		}
	}
	return u.fault("the pickle has a state that is not an array's")
}

func truth(v any) (value, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case integer:
		return v.value != 0, true
	}
	return false, false
}

func (u *unpickler) fill(a *ndarray, shape, kind any, fortran bool, data blob) error {
	if d, ok := kind.(*dtype); !ok || !slices.Contains([]string{"u1", "uint8", "|u1", "B"}, d.name) {
		return u.fault("the array's elements are not uint8")
	}
	sizes, ok := shape.(tuple)
	if !ok {
		return u.fault("the array has no shape")
	}
	a.shape = nil
	for _, s := range sizes {
		n, ok := s.(integer)
		if !ok {
			return u.fault("the array has no shape")
		}
		a.shape = append(a.shape, n.value)
	}
	a.data, a.fortran, a.at = data, fortran, u.at
	return nil
}

// pushLatin1 pushes the bytes that python 3 wrote as text for protocol 2:
// each byte as the character of that number.
func (u *unpickler) pushLatin1(s text) error {
	if u.encoded += len(s); u.encoded > len(u.in) {
		return u.fault("the pickle encodes its strings more than once")
	}
	b := make(blob, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < 0x80:
			b = append(b, c)
		case (c == 0xc2 || c == 0xc3) && i+1 < len(s) && s[i+1]&0xc0 == 0x80:
			i++
			b = append(b, c<<6|s[i]&0x3f)
		default:
			return u.fault("the pickle has a string that is not latin1")
		}
	}
	u.push(b)
	return nil
}
