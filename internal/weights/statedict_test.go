package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
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

// legacyFile has the given pickle and keys, and what follows them.
func legacyFile(program, keys, stored string) []byte {
	return []byte(legacyHead + program + "." + keys + "." + stored)
}

const (
	eightBytes  = "\x00\x00\x80\x3f\x00\x00\x00\x40" // 1, 2
	twoElements = "\x02\x00\x00\x00\x00\x00\x00\x00"
)

func TestReadStateDictForms(t *testing.T) {
	oneTwo := Float32s([]int{2}, []float32{1, 2})
	legacyKeys := "](" + pickleStr("0") + "e"
	for name, test := range map[string]struct {
		b    []byte
		want map[string]Array
	}{
		"zip":          {archived(t, pickleDict("x", two), eightBytes), map[string]Array{"x": oneTwo}},
		"legacy":       {legacyFile(pickleDict("x", two), legacyKeys, twoElements+eightBytes), map[string]Array{"x": oneTwo}},
		"a number":     {archived(t, pickleDict("epoch", "K\x07", "model", pickleDict("x", two)), eightBytes), map[string]Array{"x": oneTwo}},
		"some module.": {archived(t, pickleDict("module.x", two, "y", two), eightBytes), map[string]Array{"module.x": oneTwo, "y": oneTwo}},
		"version 1": {archived(t, pickleDict("x", "ctorch._utils\n_rebuild_tensor\n("+pickleStorage("FloatStorage", "0", 2)+
			pickleInt(1)+pickleInts()+pickleInts()+"tR"), eightBytes), map[string]Array{"x": Float32s(nil, []float32{2})}},
		"metadata": {archived(t, pickleDict("x", strings.TrimSuffix(two, "tR")+"}tR"), eightBytes), map[string]Array{"x": oneTwo}},
		"a CUDA class": {archived(t, strings.ReplaceAll(pickleDict("x", two), "ctorch\n", "ctorch.cuda\n"), eightBytes),
			map[string]Array{"x": oneTwo}},
	} {
		f, err := parse(test.b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(test.want, f.Tensors, sameData); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadStateDictRefuses(t *testing.T) {
	x := func(value string) []byte { return archived(t, pickleDict("x", value), eightBytes) }
	storage := pickleStorage("FloatStorage", "0", 2)
	view := func(offset int, shape, stride string) []byte { return x(pickleTensor(storage, offset, shape, stride)) }
	for name, test := range map[string]struct {
		b    []byte
		want string
	}{
		"os.system":       {x("cos\nsystem\n(" + pickleStr("touch /tmp/x") + "tR"), `"system" of Python's module "os"`},
		"builtins.eval":   {x("c__builtin__\neval\n(" + pickleStr("1") + "tR"), `"eval" of Python's module "__builtin__"`},
		"a class of nn":   {x("ctorch.nn.modules.conv\nConv2d\n)\x81"), `"Conv2d" of Python's module "torch.nn.modules.conv"`},
		"a quantized one": {x("ctorch._utils\n_rebuild_qtensor\n)R"), `"_rebuild_qtensor"`},
		"complex":         {x(pickleStorage("ComplexFloatStorage", "0", 1)), `"ComplexFloatStorage"`},
		"negated": {x(strings.TrimSuffix(two, "tR") + "}" + pickleStr("neg") + "\x88stR"),
			"lazily negated"},
		"too few arguments":   {x("ctorch._utils\n_rebuild_tensor_v2\n)R"), "made of 0 arguments"},
		"arguments' types":    {x("ctorch._utils\n_rebuild_tensor_v2\n(NNNNNNtR"), "without a storage"},
		"a parameter of None": {x("ctorch._utils\n_rebuild_parameter\n(NNNtR"), "a parameter made of a None"},
		"a parameter's count": {x("ctorch._utils\n_rebuild_parameter\n)R"), "a parameter made of 0"},
		"persistent None":     {x("NQ"), "persistent id"},
		"persistent view":     {x(strings.TrimSuffix(storage, "tQ") + "]tQ"), "persistent id"},
		"persistent module":   {x("(" + pickleStr("module") + "NNNNtQ"), "persistent id"},
		"negative storage":    {x(pickleStorage("FloatStorage", "0", -1)), "without a type, key or size"},
		"two types":           {archived(t, pickleDict("x", two, "y", pickleStorage("IntStorage", "0", 2)), eightBytes), "two types"},
		"a list":              {archived(t, "]", ""), "holds a list, not a dict"},
		"a storage":           {archived(t, storage, eightBytes), "holds a storage, not a dict"},
		"no tensor":           {archived(t, "}", ""), "holds no tensor"},
		"a number":            {archived(t, pickleDict("x", two, "lr", "K\x01"), eightBytes), `"lr" is a int, not a tensor`},
		"a number's name":     {archived(t, "}(K\x01"+two+"u", eightBytes), "name is a int"},
		"short storage":       {archived(t, pickleDict("x", two), eightBytes[:4]), "4 bytes stored, want 2 elements"},
		"2^60 elements":       {x(pickleTensor(pickleStorage("FloatStorage", "0", 1<<60), 0, pickleInts(1<<60), pickleInts(1))), "over 4 times"},
		"2^62 elements":       {x(pickleTensor(pickleStorage("FloatStorage", "0", 1<<62), 0, pickleInts(1<<62), pickleInts(1))), "in a storage of"},
		"expanded":            {view(0, pickleInts(1<<40), pickleInts(0)), "1099511627776 elements in a storage of 2"},
		"overflowing shape":   {view(0, pickleInts(1<<32, 1<<32), pickleInts(1, 1)), "impossible shape"},
		"negative shape":      {view(0, pickleInts(-1), pickleInts(1)), "impossible shape"},
		"strides' number":     {view(0, pickleInts(2), pickleInts()), "impossible strides"},
		"negative offset":     {view(-1, pickleInts(2), pickleInts(1)), "impossible strides or offset"},
		"far offset":          {view(1, pickleInts(2), pickleInts(1)), "leaves its storage"},
		"farthest offset":     {view(1<<63-1, pickleInts(2), pickleInts(1)), "leaves its storage"},
		"negative stride":     {view(1, pickleInts(2), pickleInts(-1)), "leaves its storage"},
		"long stride":         {view(0, pickleInts(2), pickleInts(1<<62)), "leaves its storage"},
		"many dimensions":     {view(0, pickleInts(make([]int, 65)...), pickleInts(make([]int, 65)...)), "without a storage"},
		"unknown storage": {x(pickleTensor(pickleStorage("FloatStorage", "7", 2), 0, pickleInts(2), pickleInts(1))),
			`lacks "data/7"`},

		"no data.pkl":  {zipped(t, zip.Store, "a/b", "", "c", ""), "none that torch.save made"},
		"twice":        {zipped(t, zip.Store, "a/b", "", "c/b", ""), `"b" twice`},
		"compressed":   {zipped(t, zip.Deflate, "a/data.pkl", strings.Repeat("x", 1<<20)), "compressed"},
		"big-endian":   {zipped(t, zip.Store, "a/data.pkl", "", "a/byteorder", "big"), `byte order "big"`},
		"TorchScript":  {zipped(t, zip.Store, "a/data.pkl", "", "a/constants.pkl", ""), "TorchScript"},
		"empty pickle": {zipped(t, zip.Store, "a/data.pkl", ""), "ends early"},
		"CRC-32":       {bytes.Replace(archived(t, pickleDict("x", two), eightBytes), []byte(eightBytes), []byte("damaged!"), 1), "CRC-32"},
		"no zip":       {[]byte(zipMagic + "0123456789"), "cut off or damaged"},
	} {
		_, err := parse(test.b)
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
	if _, err := parse(b); err == nil || !strings.Contains(err.Error(), "overlap") {
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
		"another pickle":    {[]byte("\x80\x02}."), "not one that torch.save wrote"},
		"no pickle":         {[]byte("\x80\x02"), "not one that torch.save wrote"},
		"protocol":          {[]byte(strings.Replace(legacyHead, "M\xe9\x03", "M\xea\x03", 1)), "protocol is not 1001"},
		"no protocol":       {[]byte(legacyHead[:15]), "the file's header"},
		"big-endian":        {[]byte(strings.Replace(legacyHead, "\x88", "\x89", 1)), "big-endian"},
		"no system":         {[]byte(legacyHead[:21] + "N."), "what system"},
		"os.system":         {legacyFile("cos\nsystem\n(lR", keys, stored), `"system" of Python's module "os"`},
		"no keys":           {legacyFile(good, "N", stored), "lacks its list"},
		"keys cut off":      {[]byte(legacyHead + good + "."), "the list of storages: pickle"},
		"key of no tensor":  {legacyFile(good, "]("+pickleStr("1")+"e", stored), "that no tensor is in"},
		"key of a list":     {legacyFile(good, "](]e", stored), "that no tensor is in"},
		"key twice":         {legacyFile(good, "]("+pickleStr("0")+pickleStr("0")+"e", stored), "twice"},
		"missing key":       {legacyFile(good, "]", ""), "lacks storage"},
		"count cut off":     {legacyFile(good, keys, stored[:7]), "is cut off"},
		"another count":     {legacyFile(good, keys, "\x03"+stored[1:]), "has 3 elements, its tensors say 2"},
		"elements cut off":  {legacyFile(good, keys, stored[:15]), "7 bytes left"},
		"bytes that follow": {legacyFile(good, keys, stored+"x"), "1 bytes follow"},
		"2^60 elements": {legacyFile(pickleDict("x", pickleTensor(pickleStorage("FloatStorage", "0", 1<<60), 0, pickleInts(2), pickleInts(1))),
			keys, string(binary.LittleEndian.AppendUint64(nil, 1<<60))+eightBytes), "is cut off"},
	} {
		_, err := parse(test.b)
		if err == nil {
			t.Errorf("%s: read, want an error with %q", name, test.want)
		} else if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
