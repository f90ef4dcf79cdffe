package pickle

import (
	"bytes"
	"os"
	"runtime"
	"strings"
	"testing"
)

// What the longest pickles accepted may allocate in all, freed or not.
const maxAllocated = 128 << 20

// TestDecodeBounded decodes the inputs that take the most memory for their
// size, and those that would take the most time if work were repeated.
func TestDecodeBounded(t *testing.T) {
	keys := []byte("}(")
	for i := range maxOps/2 - 10 {
		keys = append(keys, 'J', byte(i), byte(i>>8), byte(i>>16), 0, 'N')
	}
	memo := []byte("N")
	for i := range maxOps - 10 {
		memo = append(memo, 'r', byte(i), byte(i>>8), byte(i>>16), 0)
	}
	// Each list holds the one before it twice: 2^n leaves to whoever walks it.
	laughs := []byte("]")
	for range (maxOps - 10) / 5 {
		laughs = append(laughs, "q\x00h\x00\x86"...)
	}
	for name, in := range map[string][]byte{
		"a mark each":        append(bytes.Repeat([]byte("("), maxOps-2), 'N', '.'),
		"a None each":        append(bytes.Repeat([]byte("N"), maxOps-1), '.'),
		"an empty dict each": append(bytes.Repeat([]byte("}"), maxOps-1), '.'),
		"an empty list each": append(bytes.Repeat([]byte("]"), maxOps-1), '.'),
		"tuples in tuples":   append([]byte("N"), append(bytes.Repeat([]byte("\x85"), maxOps-2), '.')...),
		"an int key each":    append(keys, 'u', '.'),
		"a memo each":        append(memo, '.'),
		"billion laughs":     append(laughs, '.'),
		"a list in itself":   []byte("]q\x00h\x00a."),
	} {
		allocated := allocatedBy(func() {
			if _, _, err := (Decoder{}).Decode(in); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
		if allocated > maxAllocated {
			t.Errorf("%s: %d bytes allocated for %d of input, want at most %d", name, allocated, len(in), maxAllocated)
		}
		t.Logf("%-20s %9d bytes of input, %10d allocated", name, len(in), allocated)
	}

	for name, in := range map[string]string{
		"bytes":  "\x8e\x00\x00\x00\x00\x00\x00\x00\x10x",
		"str":    "\x8d\x00\x00\x00\x00\x00\x00\x00\x10x",
		"frame":  "\x95\x00\x00\x00\x00\x00\x00\x00\x10",
		"py2str": "T\xff\xff\xff\xffx",
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

	// Work with a long string must not be repeated for a few bytes of input.
	long := append([]byte("X\x00\x00\x00\x02"), bytes.Repeat([]byte("k"), 32<<20)...)
	for name, again := range map[string]string{
		"one long key again and again":  "q\x00}h\x00Ns",
		"one long name again and again": "q\x00h\x00h\x00\x93",
	} {
		if _, _, err := (Decoder{}).Decode(append(bytes.Clone(long), again...)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}

	in := bytes.Repeat([]byte("N"), maxOps+1)
	if _, _, err := (Decoder{}).Decode(in); err == nil || !strings.Contains(err.Error(), "instructions") {
		t.Errorf("%d instructions: %v", len(in), err)
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
	for _, name := range []string{"protocol2.pickle", "protocol4.pickle"} {
		in, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(in[:min(len(in), 600)])
		f.Add(in)
	}
	f.Add([]byte("cgeometry\nPoint\nK\x05\x85RU\x02py\x62."))
	f.Add([]byte("(K\x01K\x02lQ."))
	d := Decoder{
		Find: func(module, name string) (any, error) {
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
