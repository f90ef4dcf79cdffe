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
	for i := 0; i < len(items); i += 2 {
		d.Set(items[i], items[i+1])
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
		"quoted", "it's \"\\x\" and \\u0041\n\t\r",
		"tuples", Tuple{Tuple{}, Tuple{int64(1)}, Tuple{int64(1), int64(2)}, Tuple{int64(1), int64(2), int64(3)},
			Tuple{int64(1), int64(2), int64(3), int64(4)}},
		"shared", list(shared, shared),
		"ordered", dict("z", int64(1), "a", int64(2)),
		int64(7), dict("int", "key", true, nil),
		"many", many,
	)
	if protocol >= 3 {
		d.Set("bytes", Tuple{Bytes(""), Bytes("\x00\xff"), Bytes(strings.Repeat("y", 300))})
	}
	return d
}

var equal = cmp.Options{
	cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 }),
	cmpopts.IgnoreUnexported(Dict{}), // the index of what Items holds
}

func TestDecodePython(t *testing.T) {
	for name, protocol := range map[string]int{
		"protocol0": 0, "protocol1": 1, "protocol2": 2, "protocol3": 3, "protocol4": 4, "protocol5": 5,
		"python2-protocol0": 0, "python2-protocol1": 1, "python2-protocol2": 2,
	} {
		in, err := os.ReadFile("testdata/" + name + ".pickle")
		if err != nil {
			t.Fatal(err)
		}
		got, n, err := Decoder{}.Decode(append(in, "what follows"...))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if n != len(in) {
			t.Errorf("%s: read %d bytes of %d", name, n, len(in))
		}
		d, ok := got.(*Dict)
		if !ok {
			t.Fatalf("%s: a %s", name, TypeName(got))
		}
		if diff := cmp.Diff(value(protocol).Items, d.Items, equal); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		shared, _ := d.Get("shared")
		if pair := shared.(*List).Items; pair[0] != pair[1] {
			t.Errorf("%s: one list was decoded as two", name)
		}
	}
}

type point struct{ x, state any }

func (p *point) SetState(state any) error { p.state = state; return nil }

func TestDecodeObjects(t *testing.T) {
	class := &Opaque{"a", "B"}
	d := Decoder{
		Find: func(module, name string) (any, error) {
			switch {
			case module == "a":
				return class, nil
			case module == "geometry" && name == "Point":
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
		"\x8b\x02\x00\x00\x00\x00\x80.":                         int64(-32768),

		// The text of protocols 0 and 1.
		"I94249159820320\n.":                 int64(94249159820320),
		"I-1\n.":                             int64(-1),
		"I00\n.":                             false,
		"I01\n.":                             true,
		"I9223372036854775808\n.":            bigInt("0x8000000000000000"),
		"L94249159820320L\n.":                int64(94249159820320),
		"L-9223372036854775809L\n.":          bigInt("-0x8000000000000001"),
		"F1.5\n.":                            1.5,
		"F-inf\n.":                           math.Inf(-1),
		"F1e999\n.":                          math.Inf(1),
		"S'a\\x00\\xff\\'\\n\\\\\\q'\np0\n.": "a\x00\xff'\n\\\\q",
		"S\"it's\"\n.":                       "it's",
		"S'\\'\n.":                           "\\",
		"Vh\xe9\\u20ac\\U0001f600\\n\n.":     "hé€😀\\n",
		"(lp0\nI1\naI2\nag0\n0.":             list(int64(1), int64(2)),
		"(dp4294967295\ng4294967295\n\x86.":  Tuple{dict(), dict()},

		// OrderedDict of pairs, as Python 2 writes it.
		"ccollections\nOrderedDict\n](](U\x01bK\x01e](U\x01aK\x02ee\x85R.": dict("b", int64(1), "a", int64(2)),
		"ccollections\nOrderedDict\n](U\x01bK\x01\x86e\x85R.":              dict("b", int64(1)),
		"ccollections\nOrderedDict\n]\x85R}b.":                             dict(),

		// What is not known is kept by its name, never run.
		"ca\nB\n.":                               class,
		"ca\nB\n(K\x01K\x02tR.":                  class,
		"ca\nB\n)\x81}U\x01xK\x01sb.":            class,
		"ca\nB\n)}U\x01xK\x01s\x92.":             class,
		"ca\nB\n)RK\x01aK\x01K\x02s(K\x01e(NNu.": class,
		"(ca\nB\nK\x01o}b.":                      class,
		"(K\x01ia\nB\n.":                         class,
		"\x8f(K\x01\x90.":                        &Opaque{"builtins", "set"},
		"(K\x01\x91.":                            &Opaque{"builtins", "set"},

		// Keys that are not looked up.
		"}G\x3f\xf8\x00\x00\x00\x00\x00\x00NsK\x01\x85K\x02s.": &Dict{Items: []Item{{1.5, nil}, {Tuple{int64(1)}, int64(2)}}},
		"}]K\x01sca\nB\nK\x02s.":                               &Dict{Items: []Item{{list(), int64(1)}, {class, int64(2)}}},
		"}(0.":                                                 dict(), // POP takes a mark too
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
		"t.":                                    "no mark",
		"\x80\x06N.":                            "protocol 6",
		"\xff.":                                 "0xff",
		"I1":                                    "ends within a line",
		"I1x\n.":                                `"1x" is not an int`,
		"I" + strings.Repeat("1", 4301) + "\n.": "an int of 4301 digits",
		"L\n.":                                  `"" is not an int`,
		"Fone\n.":                               `"one" is not a float`,
		"Sa\n.":                                 "without quotes",
		"S'a\n.":                                "without quotes",
		"S'\n.":                                 "without quotes",
		"S'\\x1'\n.":                            "incomplete escape",
		"V\\u12\n.":                             "incomplete escape",
		"V\\Uffffffff\n.":                       "incomplete escape",
		"p0\n.":                                 "the stack is empty",
		"Np-1\n.":                               "not an index",
		"g0\n.":                                 "nothing is remembered",
		"Nq\x01h\x00.":                          "nothing is remembered",
		"Pstorage\n.":                           "0x50",
		"(o.":                                   "an object without a class",
		"(K\x01o.":                              "call of a int",
		"ios\nsystem\n.":                        `"system" of module "os"`,
		"K\x01)}\x92.":                          "call of a int with keywords",
		"K\x01)N\x92.":                          "a None for keywords",
		"\x90.":                                 "no mark",
		"\x91.":                                 "no mark",
		"}(\x90.":                               "append to a dict",
		"\x82\x01.":                             "0x82",
		"\x97.":                                 "0x97",
		"h\x00.":                                "nothing is remembered",
		"q\x00.":                                "the stack is empty",
		"cos\nsystem\n(U\x02lst R.":             `"system" of module "os"`,
		"\x8c\x02os\x8c\x06system\x93.":         `"system" of module "os"`,
		"K\x01K\x02\x93.":                       "not a str",
		"cos":                                   "ends within a line",
		"cos\nsystem":                           "ends within a line",
		"K\x01)R.":                              "call of a int",
		"ccollections\nOrderedDict\nK\x01R.":    "call with a int",
		"ccollections\nOrderedDict\nN\x85R.":    "a list of pairs",
		"ccollections\nOrderedDict\n]]\x86R.":   "a list of pairs",
		"ccollections\nOrderedDict\n]Na\x85R.":  "other than pairs",
		"ccollections\nOrderedDict\n]]a\x85R.":  "other than pairs",
		"U\x01kQ.":                              "persistent ids",
		"K\x01K\x02b.":                          "set the state of a int",
		"K\x01b.":                               "the stack is empty",
		"NK\x01a.":                              "append to a None",
		"NK\x01K\x02s.":                         "set an item of a None",
		"}(K\x01u.":                             "without a value",
		"X\x02\x00\x00\x00\xff\xff.":            "UTF-8",
		"B\xff\xff\xff\xffab":                   "4294967295 bytes wanted, 2 left",
		"\x8e\xff\xff\xff\xff\xff\xff\xff\xffa": "18446744073709551615 bytes wanted, 1 left",
		"\x8d\x00\x00\x00\x00\x00\x00\x00\x80a": "bytes wanted, 1 left",
		"\x8b\xff\xff\xff\x7f.":                 "bytes wanted, 1 left",
	} {
		v, _, err := Decoder{}.Decode([]byte(in))
		if err == nil {
			t.Errorf("%q: decoded as a %s, want an error with %q", in, TypeName(v), want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
}
