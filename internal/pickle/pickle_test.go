package pickle

import (
	"fmt"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func list(items ...any) *List { return &List{Items: items} }

func dict(items ...any) *Dict {
	d := &Dict{}
	if err := setAll(d, items); err != nil {
		panic(err)
	}
	return d
}

func bigInt(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 0)
	return n
}

// value is what testdata/make.py writes.
func value(protocol int) *Dict {
	shared := list("a", "b")
	many := list()
	for i := range int64(1500) {
		many.Items = append(many.Items, i)
	}
	d := dict(
		"none", nil,
		"bools", Tuple{true, false},
		"ints", list(int64(0), int64(255), int64(256), int64(65535), int64(65536), int64(-1), int64(-128),
			int64(math.MaxInt32), int64(math.MinInt32), int64(1)<<31, int64(math.MaxInt64), int64(math.MinInt64)),
		"big", list(bigInt("0x8000000000000000"), bigInt("-0x8000000000000001"), bigInt("0x1950a86a20f9469cfc6c")),
		"float", Tuple{0.5, -1e300, math.Inf(1)},
		"str", Tuple{"", "héllo", strings.Repeat("x", 300)},
		"tuples", Tuple{Tuple{}, Tuple{int64(1)}, Tuple{int64(1), int64(2)}, Tuple{int64(1), int64(2), int64(3)},
			Tuple{int64(1), int64(2), int64(3), int64(4)}},
		"shared", list(shared, shared),
		"ordered", dict("z", int64(1), "a", int64(2)),
		int64(7), dict("int", "key", true, nil),
		"many", many,
	)
	if protocol >= 3 {
		setAll(d, []any{"bytes", Tuple{Bytes(""), Bytes("\x00\xff"), Bytes(strings.Repeat("y", 300))}})
	}
	return d
}

var equal = cmp.Options{
	cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 }),
	cmpopts.IgnoreUnexported(Dict{}), // the index of what Items holds
}

func TestDecodePython(t *testing.T) {
	for protocol := 2; protocol <= 5; protocol++ {
		in, err := os.ReadFile(fmt.Sprintf("testdata/protocol%d.pickle", protocol))
		if err != nil {
			t.Fatal(err)
		}
		got, n, err := Decoder{}.Decode(append(in, "what follows"...))
		if err != nil {
			t.Fatalf("protocol %d: %v", protocol, err)
		}
		if n != len(in) {
			t.Errorf("protocol %d: read %d bytes of %d", protocol, n, len(in))
		}
		d, ok := got.(*Dict)
		if !ok {
			t.Fatalf("protocol %d: a %s", protocol, TypeName(got))
		}
		if diff := cmp.Diff(value(protocol).Items, d.Items, equal); diff != "" {
			t.Errorf("protocol %d (-want +got):\n%s", protocol, diff)
		}
		shared, _ := d.Get("shared")
		if pair := shared.(*List).Items; pair[0] != pair[1] {
			t.Errorf("protocol %d: one list was decoded as two", protocol)
		}
	}
}

type point struct{ x, state any }

func (p *point) SetState(state any) error { p.state = state; return nil }

func TestDecodeObjects(t *testing.T) {
	d := Decoder{
		Find: func(module, name string) (any, error) {
			if module == "geometry" && name == "Point" {
				return Callable(func(args Tuple) (any, error) { return &point{x: args[0]}, nil }), nil
			}
			return nil, fmt.Errorf("no %s.%s", module, name)
		},
		Persistent: func(id any) (any, error) { return Tuple{"stored", id}, nil },
	}
	for in, want := range map[string]any{
		"cgeometry\nPoint\nK\x05\x85RU\x02py\x62.":              &point{int64(5), "py"},
		"\x8c\x08geometry\x8c\x05Point\x93K\x05\x85\x81K\x06b.": &point{int64(5), int64(6)},
		"\x80\x02U\x03keyQ.":                                    Tuple{"stored", "key"},
		"\x80\x02]q\x00h\x00h\x00\x86.":                         Tuple{list(), list()},
		"(K\x01K\x02l.":                                         list(int64(1), int64(2)),
		"(K\x01K\x02d.":                                         dict(int64(1), int64(2)),
		"}K\x01K\x02sK\x01K\x03s.":                              dict(int64(1), int64(3)),
		"K\x01(K\x02K\x031K\x042\x86.":                          Tuple{int64(4), int64(4)},
		"K\x01K\x020.":                                          int64(1),
		"\x8a\x00.":                                             int64(0),
		"T\x03\x00\x00\x00a\xffb.":                              "a\xffb",
		"ccollections\nOrderedDict\n)R}U\tattributeNsb.":        dict(),
		"\x8d\x02\x00\x00\x00\x00\x00\x00\x00hi.":               "hi",
		"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xffN.":        nil,
		"\x8e\x02\x00\x00\x00\x00\x00\x00\x00\x00\xff.":         Bytes("\x00\xff"),
		"\x96\x02\x00\x00\x00\x00\x00\x00\x00\x00\xff.":         Bytes("\x00\xff"),
		"}C\x01kK\x01s.":                                        dict("k", int64(1)),
		"K\x09r\xff\xff\xff\xff0j\xff\xff\xff\xff.":             int64(9),
		"](K\x01e\x94(K\x02K\x03e.":                             list(int64(1), int64(2), int64(3)),
		"G\x3f\xf8\x00\x00\x00\x00\x00\x00.":                    1.5,
		"]K\x01a.":                                              list(int64(1)),
		"J\xfe\xff\xff\xff.":                                    int64(-2),
		"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\xff.":         bigInt("-0x10000000000000000"),
		"\x8a\x02\x00\x80.":                                     int64(-32768),
	} {
		got, n, err := d.Decode([]byte(in))
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if n != len(in) {
			t.Errorf("%q: read %d bytes of %d", in, n, len(in))
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(point{}), equal); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                      "ends early",
		"K\x01":                                 "ends early",
		".":                                     "the stack is empty",
		"(.":                                    "the stack is empty",
		"K\x01(.":                               "the stack is empty",
		"K\x01(\x85.":                           "the stack is empty",
		"K\x01(2.":                              "the stack is empty",
		"K\x01(0.":                              "the stack is empty",
		"t.":                                    "no mark",
		"\x80\x06N.":                            "protocol 6",
		"\xff.":                                 "0xff",
		"I1\n.":                                 "0x49",
		"h\x00.":                                "nothing is remembered",
		"q\x00.":                                "the stack is empty",
		"cos\nsystem\n(U\x02lst R.":             `"system" of module "os"`,
		"\x8c\x02os\x8c\x06system\x93.":         `"system" of module "os"`,
		"K\x01K\x02\x93.":                       "not a str",
		"cos":                                   "ends within a name",
		"cos\nsystem":                           "ends within a name",
		"K\x01)R.":                              "call of a int",
		"ccollections\nOrderedDict\nK\x01R.":    "call with a int",
		"ccollections\nOrderedDict\nN\x85R.":    "made empty",
		"U\x01kQ.":                              "persistent ids",
		"K\x01K\x02b.":                          "set the state of a int",
		"K\x01b.":                               "the stack is empty",
		"NK\x01a.":                              "append to a None",
		"NK\x01K\x02s.":                         "set an item of a None",
		"}(K\x01u.":                             "without a value",
		"}]K\x02s.":                             "a list as a dict's key",
		"}G\x7f\xf8\x00\x00\x00\x00\x00\x00Ns.": "a float as a dict's key",
		"X\x02\x00\x00\x00\xff\xff.":            "UTF-8",
		"B\xff\xff\xff\xffab":                   "4294967295 bytes wanted, 2 left",
		"\x8e\xff\xff\xff\xff\xff\xff\xff\xffa": "18446744073709551615 bytes wanted, 1 left",
		"\x8d\x00\x00\x00\x00\x00\x00\x00\x80a": "bytes wanted, 1 left",
		"\x8b\xff\xff\xff\x7f.":                 "0x8b",
	} {
		v, _, err := Decoder{}.Decode([]byte(in))
		if err == nil {
			t.Errorf("%q: decoded as a %s, want an error with %q", in, TypeName(v), want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}
