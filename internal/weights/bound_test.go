package weights

import (
	"archive/zip"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/internal/race"
)

// The memory that reading may allocate in total, freed or not: a multiple of the
// input, plus what package pickle allows for a pickle's objects.
const (
	maxMultiple = 30
	maxSpare    = 1 << 20
	maxPickle   = 128 << 20
)

func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// repeated is n items with a number each, separated by commas.
func repeated(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, fmt.Sprintf("%x", i))
	}
	return strings.Join(all, ",")
}

// TestReadBounded reads what takes the most memory for its size.
func TestReadBounded(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector's own memory is more than this test allows for")
	}
	huge := pickleTensor(pickleStorage("FloatStorage", "0", 1<<58), 0, pickleInts(1<<58), pickleInts(1))
	halves := "}"
	for i := range 3000 { // 3000 columns of a matrix of 1000 x 1000
		halves += "(" + pickleStr(fmt.Sprint(i)) +
			pickleTensor(pickleStorage("ByteStorage", "0", 1e6), i%1000, pickleInts(1000), pickleInts(1000)) + "u"
	}
	ties := pickleDict("first", pickleTensor(pickleStorage("ByteStorage", "0", 1e6), 0, pickleInts(1e6), pickleInts(1)))
	for i := range 3000 {
		ties += "(" + pickleStr(fmt.Sprint(i)) + pickleTensor(pickleStorage("ByteStorage", "0", 1e6), 0, pickleInts(1e6), pickleInts(1)) + "u"
	}
	entries := []string{"a/data.pkl", "}."}
	for i := range 10000 {
		entries = append(entries, fmt.Sprint("a/", i), "")
	}
	// Dicts of one tensor each, in a list.
	dicts := "](" + pickleStr("0.weight") + "q\x00" + two + "q\x01" + strings.Repeat("}h\x00h\x01s", 1e5) + "e"
	// Thousands of networks in one dict, each with another prefix.
	var prefixed strings.Builder
	prefixed.WriteString(two + "q\x01}(")
	for i := range 20000 {
		for name := range network("") {
			prefixed.WriteString(pickleStr(fmt.Sprint(i, ".", name)) + "h\x01")
		}
	}
	prefixed.WriteString("u")
	// Dicts in dicts, each twice: 2^n ways to the innermost.
	laughs := pickleDict("0.weight", two) + strings.Repeat("q\x00}(U\x01ah\x00U\x01bh\x00u", 30000)
	// Thousands of dicts with the same parts of a network.
	var joined strings.Builder
	joined.WriteString("](" + two + "q\x01}(")
	for i := range 30000 {
		joined.WriteString(pickleStr(fmt.Sprint(i)) + "h\x01")
	}
	for _, name := range []string{"weight", "bias", "running_mean", "running_var", "num_batches_tracked"} {
		joined.WriteString(pickleStr(name) + "h\x01")
	}
	joined.WriteString("uq\x02" + strings.Repeat("}(U\x010h\x02U\x011h\x02U\x012h\x02U\x013h\x02u", 30000) + "e")
	million := strings.Repeat("x", 1e6)
	for name, test := range map[string]struct {
		b     []byte
		limit int // beyond maxMultiple times the size
	}{
		"safetensors, 2^60 elements": {safetensor(`{"a":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4]}}`, "wxyz"), maxSpare},
		"safetensors, header length": {[]byte("\xff\xff\xff\xff\xff\xff\xff\x0f{"), maxSpare},
		"safetensors, long shape":    {safetensor(`{"a":{"dtype":"U8","shape":[`+strings.Repeat("1,", 1e6)+`1]}}`, ""), maxSpare},
		"safetensors, objects":       {safetensor(`{"a":{"dtype":"U8","shape":[`+strings.Repeat("{},", 5e5)+`1]}}`, ""), maxSpare},
		"safetensors, deep":          {safetensor(`{"a":`+strings.Repeat("[", 1e6), ""), maxSpare},
		"safetensors, tensors":       {safetensor(`{`+repeated(20000, `"%s":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)+`}`, ""), maxSpare},
		"safetensors, metadata":      {safetensor(`{"__metadata__":{`+repeated(100000, `"%s":""`)+`}}`, ""), maxSpare},
		"zip, 2^58 elements":         {archived(t, pickleDict("x", huge), eightBytes), maxSpare},
		"zip, bomb":                  {zipped(t, zip.Deflate, "a/data.pkl", strings.Repeat("N", 1<<24)), maxSpare},
		"zip, many entries":          {zipped(t, zip.Store, entries...), maxSpare},
		"zip, columns":               {archived(t, halves, million), maxSpare},
		"zip, ties":                  {archived(t, ties, million), maxSpare},
		"zip, a dict each":           {archived(t, dicts, eightBytes), maxPickle},
		"zip, a prefix each":         {archived(t, prefixed.String(), eightBytes), maxPickle},
		"zip, laughs":                {archived(t, laughs, eightBytes), maxPickle},
		"zip, joined":                {archived(t, joined.String(), eightBytes), maxPickle},
		"zip, an expanded tensor":    {archived(t, pickleDict("0.weight", pickleTensor(pickleStorage("FloatStorage", "0", 2), 0, pickleInts(1<<40), pickleInts(0))), eightBytes), maxSpare},
		"zip, a None each":           {archived(t, strings.Repeat("N", 1e6), ""), maxPickle},
		"legacy, 2^58 elements":      {legacyFile(pickleDict("x", huge), "]("+pickleStr("0")+"e", "\x00\x00\x00\x00\x00\x00\x00\x04"), maxSpare},
		"legacy, an empty dict each": {legacyFile(strings.Repeat("}", 1e6), "", ""), maxPickle},
	} {
		var err error
		allocated := allocatedBy(func() { _, err = fit(test.b, specs(network(""))) })
		if allocated > uint64(maxMultiple*len(test.b)+test.limit) {
			t.Errorf("%s: %d bytes allocated for %d of input", name, allocated, len(test.b))
		}
		t.Logf("%-28s %9d bytes of input, %9d allocated: %.60v", name, len(test.b), allocated, err)
	}

	b := npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1152921504606846976,), }\n", "wxyz")
	if allocated := allocatedBy(func() { decodeNPY(b) }); allocated > maxSpare {
		t.Errorf("npy: %d bytes allocated for %d of input", allocated, len(b))
	}
}

// TestReadManyNumbers reads a state_dict stored with a long list of losses.
func TestReadManyNumbers(t *testing.T) {
	floats := "](" + strings.Repeat("Gxxxxxxxx", 600000) + "e"
	b := archived(t, pickleDict("state_dict", pickleDict("x", two), "losses", floats), eightBytes)
	f, err := fit(b, specs(map[string]Array{"x": oneTwo}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]Array{"x": oneTwo}, f.Tensors); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
