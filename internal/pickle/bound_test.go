package pickle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/race"
)

// allowed is what decoding may allocate in all, freed or not: what package
// pickle promises, and a little for what is not an object.
func allowed(in []byte) int {
	return (baseMemory+memoryPerByte*len(in))*11/10 + 1<<16
}

// many is enough of anything to take more memory than lessMemory.
const (
	many       = 1 << 16
	lessMemory = 1 << 20
)

func repeat(s string, n int) []byte { return bytes.Repeat([]byte(s), n) }

// each is the given text for each number, of which %s is four bytes.
func each(n int, format string) []byte {
	var b bytes.Buffer
	before, after, _ := strings.Cut(format, "%s")
	for i := range uint32(n) {
		b.WriteString(before)
		b.Write(binary.LittleEndian.AppendUint32(nil, i))
		b.WriteString(after)
	}
	return b.Bytes()
}

// join is a pickle of the given parts, and of None in the end.
func join(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		b = fmt.Appendf(b, "%s", p)
	}
	return append(b, "N."...)
}

// TestDecodeBounded decodes the inputs that take the most memory for their
// size, and those that would take the most time if work were repeated. Each is
// decoded, or refused for its memory.
func TestDecodeBounded(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector's own memory is more than this test allows for")
	}
	defer func(before int) { baseMemory = before }(baseMemory)
	baseMemory = lessMemory
	var farMemos []byte
	for i := range uint32(2 * many) {
		farMemos = append(farMemos, 'r')
		farMemos = binary.LittleEndian.AppendUint32(farMemos, i*16+8)
	}
	pairs := join("](", each(many/20, "](J%sNe"), "eq\x00")
	pairs = pairs[:len(pairs)-2]
	for name, in := range map[string][]byte{
		"a mark each":             join(repeat("(", 8*many), "N"),
		"a None each":             join(repeat("N", 8*many)),
		"a copy each":             join("N", repeat("2", 8*many)),
		"an empty dict each":      join(repeat("}", 8*many)),
		"an empty list each":      join(repeat("]", 8*many)),
		"an empty tuple each":     join(repeat(")", 8*many)),
		"an empty set each":       join(repeat("\x8f", 8*many)),
		"tuples in tuples":        join("N", repeat("\x85", 8*many)),
		"lists of one":            join("N", repeat("](Ne0", 4*many)),
		"dicts of one":            join(repeat("}K\x01Ns0", 2*many)),
		"dicts of nine":           join(repeat("}(I1\nNI2\nNI3\nNI4\nNI5\nNI6\nNI7\nNI8\nNI9\nNu0", many/10)),
		"an int key each":         join("}(", each(4*many, "J%sN"), "u"),
		"an int key set each":     join("}", each(4*many, "J%sNs")),
		"one key again and again": join("}", repeat("K\x01Ns", 4*many)),
		"float keys":              join("}", repeat("GxxxxxxxxNs", 2*many)),
		"a memo each":             join("N", repeat("\x94", 8*many)),
		"a far memo each":         join("N", farMemos),
		"far memos from the top":  join("N", repeat("r\xff\xff\xff\xff", many), each(many, "r%s")),
		"a big int each":          join(repeat("\x8a\x09xxxxxxxxx0", many)),
		"a text int each":         join(repeat("I99999999999\n0", many)),
		"a text long each":        join(repeat("L99999999999999999999999L\n0", many)),
		"long text longs":         join(repeat("L"+strings.Repeat("9", maxDigits)+"L\n0", 100)),
		"a str each":              join(repeat("U\x000", 4*many)),
		"a text str each":         join(repeat("S''\n0", 4*many)),
		"an escaped str":          join("V", repeat("\xff", 4*many), "\n"),
		"a long 4":                join("\x8b\x00\x00\x04\x00", repeat("\xff", 4*many)),
		"a name each":             join(repeat("ca\nb\n0", 2*many)),
		"a remembered name each":  join("U\x01aq\x000", repeat("h\x00h\x00\x930", 2*many)),
		"a call each":             join("cc\nd\nq\x000)q\x010", repeat("h\x00h\x01R0", many)),
		"a persistent id each":    join(repeat("NQ0", 4*many)),
		"OrderedDicts":            join("ccollections\nOrderedDict\nq\x000)q\x010", repeat("h\x00h\x01R0", many)),
		"OrderedDicts of a list":  join("ccollections\nOrderedDict\nq\x01", pairs, "\x85q\x02", repeat("h\x01h\x02R0", many)),
		"billion laughs":          join("]", repeat("q\x00h\x00\x86", many)),
		"a list in itself":        join("]q\x00h\x00a"),
		"a list that grows":       join("]q\x00", repeat("h\x00h\x00a", many)),
	} {
		d := Decoder{
			Find: func(module, name string) (any, error) {
				if module == "c" {
					return Callable(func(Tuple) (any, error) { return make([]byte, callMemory), nil }), nil
				}
				return &Opaque{module, name}, nil
			},
			Persistent: func(any) (any, error) { return &Opaque{}, nil },
		}
		var err error
		allocated := allocatedBy(func() { _, _, err = d.Decode(in) })
		if err != nil && !strings.Contains(err.Error(), "its objects take more than") {
			t.Errorf("%s: %v", name, err)
		}
		if allocated > uint64(allowed(in)) {
			t.Errorf("%s: %d bytes allocated for %d of input, want at most %d", name, allocated, len(in), allowed(in))
		}
		t.Logf("%-24s %9d bytes of input, %10d allocated: %.40v", name, len(in), allocated, err)
	}
}

// TestDecodeHonest decodes what training scripts keep beside a state_dict, each
// far more often than they do. None comes near the limit.
func TestDecodeHonest(t *testing.T) {
	var byNumber []byte // Python sets 1000 items at a time
	for batch := range slices.Chunk(each(600000, "J%sGxxxxxxxx"), 1000*len("J....Gxxxxxxxx")) {
		byNumber = append(append(append(byNumber, '('), batch...), 'u')
	}
	for name, in := range map[string][]byte{
		"600,000 floats":            join("](", repeat("Gxxxxxxxx", 600000), "e"),
		"600,000 ints":              join("](", repeat("J\x00\x01\x02\x03", 600000), "e"),
		"600,000 bools":             join("](", repeat("\x88", 600000), "e"),
		"600,000 strs":              join("](", repeat("X\x04\x00\x00\x00abcd\x94", 600000), "e"),
		"600,000 pairs":             join("](", repeat("K\x01K\x02\x86\x94", 600000), "e"),
		"600,000 floats in batches": join("]", repeat("("+strings.Repeat("Gxxxxxxxx", 1000)+"e", 600)),
		"600,000 floats by number":  join("}", byNumber),
		"100,000 small dicts":       join("](", repeat("}\x94(X\x02\x00\x00\x00lr\x94GxxxxxxxxX\x02\x00\x00\x00ep\x94K\x01u", 100000), "e"),
	} {
		if _, _, err := (Decoder{}).Decode(in); err != nil {
			t.Errorf("%s, %d bytes: %v", name, len(in), err)
		}
	}
}

// TestDecodeAhead reads lengths of what is not there.
func TestDecodeAhead(t *testing.T) {
	for name, in := range map[string]string{
		"bytes":  "\x8e\x00\x00\x00\x00\x00\x00\x00\x10x",
		"str":    "\x8d\x00\x00\x00\x00\x00\x00\x00\x10x",
		"frame":  "\x95\x00\x00\x00\x00\x00\x00\x00\x10",
		"py2str": "T\xff\xff\xff\xffx",
		"long":   "\x8b\xff\xff\xff\xffx",
	} {
		allocated := allocatedBy(func() {
			if _, _, err := (Decoder{}).Decode([]byte(in)); err == nil {
				t.Errorf("%s: no error", name)
			}
		})
		if allocated > 1<<16 {
			t.Errorf("%s: %d bytes allocated for a length that is not there", name, allocated)
		}
	}
}

// TestDecodeLongNames: work with a long string must not be repeated for a few
// bytes of input.
func TestDecodeLongNames(t *testing.T) {
	long := append([]byte("X\x00\x00\x00\x02"), repeat("k", 32<<20)...)
	in := append(bytes.Clone(long), "q\x00h\x00h\x00\x93."...)
	if _, _, err := (Decoder{}).Decode(in); err == nil || !strings.Contains(err.Error(), "no end") {
		t.Errorf("a name of 32 MB: %v", err)
	}
	in = append(bytes.Clone(long), "q\x00}"...)
	in = append(append(in, repeat("h\x00Ns", 1000)...), '.')
	v, _, err := (Decoder{}).Decode(in)
	if d, ok := v.(*Dict); err != nil || !ok || len(d.Items) != 1000 {
		t.Errorf("a key of 32 MB: %v, want it to be kept each time", err)
	}
}

func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"protocol0", "protocol2", "protocol4", "python2-protocol0", "python2-protocol2"} {
		in, err := os.ReadFile("testdata/" + name + ".pickle")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(in[:min(len(in), 600)])
		f.Add(in)
	}
	f.Add([]byte("cgeometry\nPoint\nK\x05\x85RU\x02py\x62."))
	f.Add([]byte("(K\x01K\x02lQ."))
	f.Add([]byte("ccollections\nOrderedDict\n](](U\x01bK\x01e](U\x01aK\x02ee\x85R."))
	f.Add([]byte("(\x8f(K\x01\x90(K\x01\x91cother\nClass\n)}\x92iother\nClass\n."))
	d := Decoder{
		Find: func(module, name string) (any, error) {
			if module == "other" {
				return &Opaque{module, name}, nil
			}
			return Callable(func(args Tuple) (any, error) { return &point{x: args}, nil }), nil
		},
		Persistent: func(id any) (any, error) { return Tuple{id}, nil },
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		_, n, err := d.Decode(in)
		if n < 0 || n > len(in) {
			t.Errorf("read %d bytes of %d", n, len(in))
		}
		if err != nil {
			return
		}
		if _, again, err := d.Decode(in[:n]); err != nil || again != n {
			t.Errorf("the %d bytes read decode to %d, %v", n, again, err)
		}
	})
}
