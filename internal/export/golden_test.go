package export

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"aeprobe/internal/weights"
)

var update = flag.Bool("update", false, "write the files of testdata")

// TestGolden compares the files of the networks with those of testdata, byte by byte.
func TestGolden(t *testing.T) {
	for name, n := range networks() {
		dir := t.TempDir()
		if *update {
			dir = "testdata"
		}
		script := Script{Name: name + ".py", Weights: name + ".pt", Images: "test.npz", Data: "CIFAR-10",
			TestImages: 10000, SHA256: strings.Repeat("0123abcd", 8), Measured: map[string]float64{"bce": 0.5497}}
		for _, write := range []func() error{
			func() error { return WriteONNX(filepath.Join(dir, name+".onnx"), n) },
			func() error { return WritePython(filepath.Join(dir, name+".py"), n, script) },
			func() error { return weights.WriteTorch(filepath.Join(dir, name+".pt"), n.Weights) },
		} {
			if err := write(); err != nil {
				t.Fatal(err)
			}
		}
		for _, kind := range []string{".onnx", ".py", ".pt"} {
			got, err := os.ReadFile(filepath.Join(dir, name+kind))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join("testdata", name+kind))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s%s is not what it was: go test -update writes it, make test-interop reads it", name, kind)
			}
		}
	}
}

// fields are the values of a message's fields of one number.
func fields(t *testing.T, m []byte, number protowire.Number) (all [][]byte) {
	t.Helper()
	for len(m) > 0 {
		at, kind, n := protowire.ConsumeTag(m)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		m = m[n:]
		size := protowire.ConsumeFieldValue(at, kind, m)
		if size < 0 {
			t.Fatal(protowire.ParseError(size))
		}
		if at == number {
			value := m[:size]
			if kind == protowire.BytesType {
				value, _ = protowire.ConsumeBytes(value)
			}
			all = append(all, value)
		}
		m = m[size:]
	}
	return all
}

// TestONNXIsInOrder: each node takes what is there, and each value has one maker.
func TestONNXIsInOrder(t *testing.T) {
	for name, n := range networks() {
		graph := fields(t, n.onnx(), 7)[0]
		has := map[string]bool{"": true}
		define := func(value []byte) {
			if has[string(value)] {
				t.Errorf("%s: %s is made twice", name, value)
			}
			has[string(value)] = true
		}
		for _, input := range fields(t, graph, 11) {
			define(fields(t, input, 1)[0])
		}
		for _, tensor := range fields(t, graph, 5) {
			define(fields(t, tensor, 8)[0])
		}
		for _, node := range fields(t, graph, 1) {
			for _, input := range fields(t, node, 1) {
				if !has[string(input)] {
					t.Errorf("%s: %s is not there for %s", name, input, fields(t, node, 3)[0])
				}
			}
			define(fields(t, node, 2)[0])
		}
		outputs := fields(t, graph, 12)
		if want := map[bool]int{false: 2, true: 4}[n.Classes > 0]; len(outputs) != want {
			t.Errorf("%s: %d outputs, want %d", name, len(outputs), want)
		}
		for _, output := range outputs {
			if value := string(fields(t, output, 1)[0]); !has[value] {
				t.Errorf("%s: output %s is not made", name, value)
			}
		}
	}
}

// TestPythonHasNoForeignCode: whatever things are called, a program's lines stay the
// same but for literals.
func TestPythonHasNoForeignCode(t *testing.T) {
	program := func(name string) string {
		n := networks()["plain"]
		n.Name = name
		var b bytes.Buffer
		err := n.python(&b, Script{Name: name, Weights: name, Images: name, Data: name, CIFAR10: true, Measured: map[string]float64{name: 1}})
		if err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	lines := strings.Count(program("x"), "\n")
	for _, name := range []string{"\"\"\"\nimport os\nos.system('x')\n\"\"\"", "\\", "\\\"", "a\nb", "\r", "\x00", "\u2028", "'''", "{{.}}", "😀", "\xff", "#"} {
		got := program(name)
		if n := strings.Count(got, "\n"); n != lines || strings.ContainsFunc(got, func(r rune) bool { return r > '~' || r < ' ' && r != '\n' }) {
			t.Errorf("%q: %d lines, want %d\n%s", name, n, lines, got)
		}
		if strings.Contains(got, "import os\n") || !strings.Contains(got, "\nNAME = "+pythonLiteral(name)+"\n") {
			t.Errorf("%q:\n%s", name, got)
		}
	}
	for s, want := range map[string]string{`a"b\`: `"a\"b\\"`, "\n☃😀\xff": `"\u000a\u2603\U0001f600?"`} {
		if got := pythonLiteral(s); got != want {
			t.Errorf("%q is written as %s, want %s", s, got, want)
		}
	}
}
