package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The pickles of these tests are written with the functions below, by which
// PyTorch could be made to read them too.

func pickleStr(s string) string {
	return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
}

func pickleInt(i int) string {
	return "\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, uint64(i)))
}

func pickleInts(all ...int) string {
	s := "("
	for _, i := range all {
		s += pickleInt(i)
	}
	return s + "t"
}

func pickleStorage(class, key string, elements int) string {
	return "(" + pickleStr("storage") + "ctorch\n" + class + "\n" + pickleStr(key) + pickleStr("cpu") + pickleInt(elements) + "tQ"
}

func pickleTensor(storage string, offset int, shape, stride string) string {
	return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + pickleInt(offset) + shape + stride + "\x89}tR"
}

// two is a tensor of the two float32 of storage 0.
var two = pickleTensor(pickleStorage("FloatStorage", "0", 2), 0, pickleInts(2), pickleInts(1))

// pickleDict is a dict of names and values in turn.
func pickleDict(namesAndValues ...string) string {
	s := "}("
	for i := 0; i < len(namesAndValues); i += 2 {
		s += pickleStr(namesAndValues[i]) + namesAndValues[i+1]
	}
	return s + "u"
}

// zipped is an archive as torch.save makes it, of names and contents in turn.
func zipped(t testing.TB, method uint16, namesAndContents ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(namesAndContents); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: namesAndContents[i], Method: method})
		if err == nil {
			_, err = w.Write([]byte(namesAndContents[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// archived has the given pickle and one storage.
func archived(t testing.TB, program, stored string) []byte {
	return zipped(t, zip.Store, "a/data.pkl", program+".", "a/data/0", stored)
}

// legacyHead is the magic number, the protocol and the system.
const legacyHead = "\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." + "\x80\x02M\xe9\x03." + "\x80\x02}X\x0d\x00\x00\x00little_endian\x88s."

// legacyText is legacyFile under protocol 1.
func legacyText(program, keys, stored string) []byte {
	return []byte("L119547037146038801333356L\n.M\xe9\x03.}U\x0dlittle_endianI01\ns." + program + "." + keys + "." + stored)
}

// legacyFile has the given pickle and keys, and what follows them.
func legacyFile(program, keys, stored string) []byte {
	return []byte(legacyHead + program + "." + keys + "." + stored)
}

const (
	eightBytes  = "\x00\x00\x80\x3f\x00\x00\x00\x40" // 1, 2
	twoElements = "\x02\x00\x00\x00\x00\x00\x00\x00"
)

// specs are those of the arrays.
func specs(all map[string]Array) map[string]Spec {
	want := map[string]Spec{}
	for name, a := range all {
		want[name] = Spec{a.DType, a.Shape}
	}
	return want
}

// fit reads the network that is wanted from the content of a file.
func fit(b []byte, want map[string]Spec) (*File, error) {
	s, err := parse(b)
	if err != nil {
		return nil, err
	}
	f, _, err := s.Fit(want)
	return f, err
}

var (
	oneTwo     = Float32s([]int{2}, []float32{1, 2})
	legacyKeys = "](" + pickleStr("0") + "e"
)

func TestReadForms(t *testing.T) {
	x := map[string]Array{"x": oneTwo}
	of := func(value string) []byte { return archived(t, pickleDict("x", value), eightBytes) }
	storage := pickleStorage("FloatStorage", "0", 2)
	utils := "ctorch._utils\n"
	for name, test := range map[string]struct {
		b    []byte
		want map[string]Array
	}{
		"zip":        {of(two), x},
		"legacy":     {legacyFile(pickleDict("x", two), legacyKeys, twoElements+eightBytes), x},
		"protocol 1": {legacyText(pickleDict("x", two), legacyKeys, twoElements+eightBytes), x},
		"version 1": {of(utils + "_rebuild_tensor\n(" + storage + pickleInt(1) + pickleInts() + pickleInts() + "tR"),
			map[string]Array{"x": Float32s(nil, []float32{2})}},
		"version 3": {of(utils + "_rebuild_tensor_v3\n(" + pickleStorage("UntypedStorage", "0", 8) + pickleInt(0) + pickleInts(2) +
			pickleInts(1) + "\x89}ctorch\nfloat32\ntR"), x},
		"version 3, 2 bytes each": {of(utils + "_rebuild_tensor_v3\n(" + pickleStorage("UntypedStorage", "0", 8) + pickleInt(1) +
			pickleInts(3) + pickleInts(1) + "\x89}ctorch\nuint16\nNtR"),
			map[string]Array{"x": {U16, []int{3}, []byte(eightBytes[2:])}}},
		"a torch.Size": {of(utils + "_rebuild_tensor\n(" + storage + pickleInt(0) + "ctorch\nSize\n" + pickleInts(2) + "\x85R" +
			pickleInts(1) + "tR"), x},
		"metadata":          {of(strings.TrimSuffix(two, "tR") + "}tR"), x},
		"a CUDA class":      {of(strings.ReplaceAll(two, "ctorch\n", "ctorch.cuda\n")), x},
		"on a GPU":          {of(strings.ReplaceAll(two, pickleStr("cpu"), pickleStr("cuda:0"))), x},
		"a parameter":       {of(utils + "_rebuild_parameter\n(" + two + "\x88}tR"), x},
		"with a state":      {of(utils + "_rebuild_parameter_with_state\n(" + two + "\x88}}tR"), x},
		"an old parameter":  {of("ctorch.nn.parameter\nParameter\n(" + two + "\x88tR}b"), x},
		"a Variable":        {of("ctorch.autograd.variable\nVariable\n(" + two + "tR(\x89\x89}tb"), x},
		"of a class, known": {of("ctorch._tensor\n_rebuild_from_type_v2\n(" + utils + "_rebuild_tensor_v2\ncmine\nTensor\n(" + storage + pickleInt(0) + pickleInts(2) + pickleInts(1) + "\x89}t}tR"), x},
		"expanded": {of(pickleTensor(storage, 1, pickleInts(3, 2), pickleInts(0, 0))),
			map[string]Array{"x": Float32s([]int{3, 2}, []float32{2, 2, 2, 2, 2, 2})}},
		"expanded rows": {of(pickleTensor(storage, 0, pickleInts(2, 2), pickleInts(0, 1))),
			map[string]Array{"x": Float32s([]int{2, 2}, []float32{1, 2, 1, 2})}},
		"expanded from one": {archived(t, pickleDict("x", pickleTensor(pickleStorage("FloatStorage", "0", 1), 0, pickleInts(100, 1000), pickleInts(0, 0))), eightBytes[:4]),
			map[string]Array{"x": Float32s([]int{100, 1000}, slices.Repeat([]float32{1}, 100000))}},
		"pairs":         {archived(t, "ccollections\nOrderedDict\n](](U\x01x"+two+"ee\x85R}b", eightBytes), x},
		"a defaultdict": {archived(t, "ccollections\ndefaultdict\nc__builtin__\nint\n\x85R("+pickleStr("x")+two+"u", eightBytes), x},
	} {
		f, err := fit(test.b, specs(test.want))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(test.want, f.Tensors, sameData); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if f.Notes != nil {
			t.Errorf("%s: notes %q of a plain file", name, f.Notes)
		}
	}
}

// TestReadViews reads storages that are views of others, as before PyTorch 0.4.
func TestReadViews(t *testing.T) {
	whole := pickleStorage("FloatStorage", "0", 4)
	part := func(first, length int) string {
		return strings.TrimSuffix(whole, "tQ") + "(" + pickleStr("1") + pickleInt(first) + pickleInt(length) + "ttQ"
	}
	file := func(storage string, offset int) []byte {
		return legacyFile(pickleDict("x", pickleTensor(storage, offset, pickleInts(2), pickleInts(1)), "y", pickleTensor(whole, 0, pickleInts(2), pickleInts(1))),
			legacyKeys, "\x04\x00\x00\x00\x00\x00\x00\x00"+eightBytes+"\x00\x00\x40\x40\x00\x00\x80\x40")
	}
	for _, test := range []struct {
		first, length, offset int
		want                  []float32
		err                   string
	}{
		{first: 2, length: 2, want: []float32{3, 4}},
		{first: 1, length: 3, offset: 1, want: []float32{3, 4}},
		{first: 0, length: 4, want: []float32{1, 2}},
		{first: 1, length: 2, offset: 1, err: "leaves its storage of 2 elements"},
		{first: 3, length: 2, err: "a view that leaves its storage"},
		{first: -1, length: 2, err: "a view that leaves its storage"},
		{first: 1 << 62, length: 1 << 62, err: "a view that leaves its storage"},
	} {
		f, err := fit(file(part(test.first, test.length), test.offset), specs(map[string]Array{"x": oneTwo, "y": oneTwo}))
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%+v: %v", test, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", test, err)
			continue
		}
		if got, _ := f.Tensors["x"].Float32s(); !slices.Equal(got, test.want) {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	x := func(value string) []byte { return archived(t, pickleDict("x", value, "y", two), eightBytes) }
	storage := pickleStorage("FloatStorage", "0", 2)
	view := func(offset int, shape, stride string) []byte { return x(pickleTensor(storage, offset, shape, stride)) }
	sized := func(elements int) string {
		return pickleTensor(pickleStorage("FloatStorage", "7", elements), 0, pickleInts(2), pickleInts(1))
	}
	for name, test := range map[string]struct {
		b    []byte
		want string
	}{
		"os.system":       {x("cos\nsystem\n(" + pickleStr("touch /tmp/x") + "tR"), `"os.system", not a dense tensor`},
		"a class of nn":   {x("ctorch.nn.modules.conv\nConv2d\n)\x81"), `"torch.nn.modules.conv.Conv2d", not a dense tensor`},
		"a quantized one": {x("ctorch._utils\n_rebuild_qtensor\n)R"), "t.dequantize()"},
		"a sparse one":    {x("ctorch._utils\n_rebuild_sparse_tensor\n)R"), "t.to_dense()"},
		"a NumPy array":   {x("cnumpy._core.multiarray\n_reconstruct\n)R"), "torch.from_numpy(t)"},
		"complex":         {x(pickleTensor(pickleStorage("ComplexFloatStorage", "1", 1), 0, pickleInts(2), pickleInts(1))), `type complex64, want float32`},
		"bits":            {x(pickleTensor(pickleStorage("Bits8Storage", "1", 2), 0, pickleInts(2), pickleInts(1))), `"Bits8Storage", not a dense tensor`},
		"integers":        {x(pickleTensor(pickleStorage("LongStorage", "1", 2), 0, pickleInts(2), pickleInts(1))), `type int64, want float32`},
		"negated": {x(strings.TrimSuffix(two, "tR") + "}" + pickleStr("neg") + "\x88stR"),
			"a lazily negated or conjugated tensor, not a dense tensor\nsave tensor.resolve_neg()"},
		"too few arguments":   {x("ctorch._utils\n_rebuild_tensor_v2\n)R"), "too few or too many arguments"},
		"arguments' types":    {x("ctorch._utils\n_rebuild_tensor_v2\n(NNNNNNtR"), "without a storage"},
		"a parameter of None": {x("ctorch._utils\n_rebuild_parameter\n(NNNtR"), "a parameter without a tensor"},
		"a parameter's count": {x("ctorch._utils\n_rebuild_parameter\n)R"), "a parameter without a tensor"},
		"of a class":          {x("ctorch._tensor\n_rebuild_from_type_v2\n(cmine\nf\ncmine\nTensor\n)}tR"), `a tensor of class "mine.Tensor"`},
		"of nothing":          {x("ctorch._tensor\n_rebuild_from_type_v2\n)R"), "too few or too many arguments"},
		"persistent None":     {x("NQ"), "persistent id"},
		"persistent view":     {x(strings.TrimSuffix(storage, "tQ") + "]tQ"), "a storage's view that is not one"},
		"persistent class":    {x(strings.Replace(storage, "ctorch\nFloatStorage\n", "N", 1)), "a storage of class None"},
		"negative storage":    {x(pickleStorage("FloatStorage", "0", -1)), "without a key or size"},
		"2^62 elements":       {x(pickleStorage("FloatStorage", "0", 1<<62)), "without a key or size"},
		"two types":           {x(pickleStorage("IntStorage", "0", 2)), "two types"},
		"a list":              {archived(t, "]", ""), "holds a list, not a dict"},
		"a list of tensors":   {archived(t, "]"+two+"a", eightBytes), "holds a list, not a dict"},
		"a storage":           {archived(t, storage, eightBytes), "holds a storage, not a dict"},
		"a model":             {archived(t, "c__main__\nNet\n)\x81}b", ""), "holds a \"__main__.Net\", not a dict of tensors\nsave just the weights"},
		"a model under a key": {archived(t, pickleDict("epoch", "K\x01", "model", "c__main__\nNet\n)\x81}b"), ""),
			"the file's dict holds no tensors, only \"epoch\" (int), \"model\" (\"__main__.Net\")\nsave just the weights"},
		"an old model":           {archived(t, "("+pickleStr("module")+"c__main__\nNet\nNNtQ)\x81}b", ""), "holds a \"__main__.Net\""},
		"empty":                  {archived(t, "}", ""), "an empty dict: the state of a network without parameters"},
		"names that are numbers": {archived(t, "}(K\x01"+two+"u", eightBytes), "holds no tensors, only int (tensor)"},
		"short storage":          {archived(t, pickleDict("x", two, "y", two), eightBytes[:4]), "4 bytes stored, want 2 of 4 each"},
		"2^57 elements":          {archived(t, pickleDict("x", sized(1<<57), "y", two), eightBytes), `lacks "data/7"`},
		"far offset":             {view(1, pickleInts(2), pickleInts(1)), "leaves its storage"},
		"farthest offset":        {view(1<<63-1, pickleInts(2), pickleInts(1)), "leaves its storage"},
		"negative stride":        {view(1, pickleInts(2), pickleInts(-1)), "leaves its storage"},
		"long stride":            {view(0, pickleInts(2), pickleInts(1<<62)), "leaves its storage"},
		"strides' number":        {view(0, pickleInts(2), pickleInts()), "impossible strides"},
		"negative offset":        {view(-1, pickleInts(2), pickleInts(1)), "impossible strides or offset"},
		"2^40 expanded":          {view(0, pickleInts(1<<40), pickleInts(0)), "shape [1099511627776], want [2]"},
		"overflowing shape":      {view(0, pickleInts(1<<32, 1<<32), pickleInts(1, 1)), "shape [4294967296, 4294967296], want [2]"},
		"many dimensions":        {view(0, pickleInts(make([]int, 65)...), pickleInts(make([]int, 65)...)), "without a storage"},
		"unknown storage":        {x(sized(2)), `lacks "data/7"`},

		"no data.pkl":  {zipped(t, zip.Store, "a/b", "", "c", ""), "none that torch.save made"},
		"twice":        {zipped(t, zip.Store, "a/b", "", "c/b", ""), `"b" twice`},
		"compressed":   {zipped(t, zip.Deflate, "a/data.pkl", strings.Repeat("x", 1<<20)), "compressed"},
		"big-endian":   {zipped(t, zip.Store, "a/data.pkl", "", "a/byteorder", "big"), `byte order "big"`},
		"TorchScript":  {zipped(t, zip.Store, "a/data.pkl", "", "a/constants.pkl", ""), "torch.jit.load(path).state_dict()"},
		"empty pickle": {zipped(t, zip.Store, "a/data.pkl", ""), "ends early"},
		"CRC-32":       {bytes.Replace(x(two), []byte(eightBytes), []byte("damaged!"), 1), "CRC-32"},
		"no zip":       {[]byte(zipMagic + "0123456789"), "cut off or damaged\nget a whole copy"},

		"no file":      {nil, "the file is empty\nget a whole copy"},
		"LFS":          {[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:0"), "git lfs pull"},
		"a page":       {[]byte("<!DOCTYPE html>"), "a web page"},
		"gzip":         {[]byte("\x1f\x8b\x08\x00"), "gunzip"},
		"Keras":        {[]byte("\x89HDF\r\n\x1a\n"), "HDF5"},
		"NumPy":        {[]byte(npyMagic + "\x01\x00"), "a NumPy array"},
		"a text":       {[]byte("weights"), "neither a safetensors file nor one that torch.save wrote"},
		"safetensors0": {safetensor("{}", ""), "the file holds no tensors"},
	} {
		_, err := fit(test.b, specs(map[string]Array{"x": oneTwo, "y": oneTwo}))
		if err == nil {
			t.Errorf("%s: read, want an error with %q", name, test.want)
		} else if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// TestReadZipOverlap lets the directory's record of one entry point to another's
// content.
func TestReadZipOverlap(t *testing.T) {
	tensorIn := func(key string) string {
		return pickleTensor(pickleStorage("ByteStorage", key, 4000), 0, pickleInts(4000), pickleInts(1))
	}
	b := zipped(t, zip.Store, "a/data.pkl", pickleDict("x", tensorIn("0"), "y", tensorIn("1"))+".",
		"a/data/0", strings.Repeat("x", 4000), "a/data/1", "")
	const sums, place, name = 16, 42, 46 // CRC-32 and sizes, offset and name in a record
	record0 := b[bytes.LastIndex(b, []byte("a/data/0"))-name:]
	record1 := b[bytes.LastIndex(b, []byte("a/data/1"))-name:]
	copy(record1[sums:sums+12], record0[sums:])
	copy(record1[place:place+4], record0[place:])
	x := Array{DType: U8, Shape: []int{4000}}
	if _, err := fit(b, specs(map[string]Array{"x": x, "y": x})); err == nil || !strings.Contains(err.Error(), "overlap") {
		t.Errorf("%v, want the entries to overlap", err)
	}
}

func TestReadLegacyRefuses(t *testing.T) {
	good := pickleDict("x", two)
	keys := "](" + pickleStr("0") + "e"
	stored := twoElements + eightBytes
	for name, test := range map[string]struct {
		b    []byte
		want string
	}{
		"another pickle": {[]byte("\x80\x02}."), "not one that torch.save wrote"},
		"no pickle":      {[]byte("\x80\x02"), "not one that torch.save wrote"},
		"protocol":       {[]byte(strings.Replace(legacyHead, "M\xe9\x03", "M\xea\x03", 1)), "protocol is not 1001"},
		"no protocol":    {[]byte(legacyHead[:15]), "the file's header"},
		"big-endian":     {[]byte(strings.Replace(legacyHead, "\x88", "\x89", 1)), "big-endian"},
		"no system":      {[]byte(legacyHead[:21] + "N."), "what system"},
		"os.system":      {legacyFile("cos\nsystem\n(tR", "]", ""), `holds a "os.system", not a dict`},
		"an unknown size": {legacyFile(pickleDict("x", strings.Replace(two, "FloatStorage", "BitsStorage", 1)), keys, stored),
			`is a "BitsStorage", whose size is not known`},
		"protocol 1, cut off": {[]byte("L119547037146038801333356"), "not one that torch.save wrote"},
		"no keys":             {legacyFile(good, "N", stored), "lacks its list"},
		"keys cut off":        {[]byte(legacyHead + good + "."), "the list of storages: pickle"},
		"key of no tensor":    {legacyFile(good, "]("+pickleStr("1")+"e", stored), "that no tensor is in"},
		"key of a list":       {legacyFile(good, "](]e", stored), "that no tensor is in"},
		"key twice":           {legacyFile(good, "]("+pickleStr("0")+pickleStr("0")+"e", stored), "twice"},
		"missing key":         {legacyFile(good, "]", ""), "lacks storage"},
		"count cut off":       {legacyFile(good, keys, stored[:7]), "is cut off"},
		"another count":       {legacyFile(good, keys, "\x03"+stored[1:]), "has 3 elements, its tensors say 2"},
		"elements cut off":    {legacyFile(good, keys, stored[:15]), "7 bytes left"},
		"bytes that follow":   {legacyFile(good, keys, stored+"x"), "1 bytes follow"},
		"2^58 elements": {legacyFile(pickleDict("x", pickleTensor(pickleStorage("FloatStorage", "0", 1<<58), 0, pickleInts(2), pickleInts(1))),
			keys, string(binary.LittleEndian.AppendUint64(nil, 1<<58))+eightBytes), "is cut off"},
	} {
		_, err := fit(test.b, specs(map[string]Array{"x": oneTwo}))
		if err == nil {
			t.Errorf("%s: read, want an error with %q", name, test.want)
		} else if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
