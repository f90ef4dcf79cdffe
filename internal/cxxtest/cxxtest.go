// Package cxxtest compiles and runs the C++ programs that some tests have in
// testdata.
package cxxtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Run compiles sources by $CXX, or g++, and returns what the program prints. The
// test fails if either fails, and is skipped without a compiler. Headers are further
// files that the program depends on.
func Run(t *testing.T, sources, headers []string, flags ...string) string {
	t.Helper()
	compiler := strings.Fields(os.Getenv("CXX"))
	if len(compiler) == 0 {
		compiler = []string{"g++"}
		if _, err := exec.LookPath(compiler[0]); err != nil {
			t.Skipf("no compiler: %v", err)
		}
	}
	for _, list := range [][]string{sources, headers} {
		for _, file := range list {
			if _, err := os.Stat(file); err != nil { // which Go's cache of test results takes note of
				t.Fatal(err)
			}
		}
	}
	program := filepath.Join(t.TempDir(), "program")
	command := exec.Command(compiler[0], append(append(compiler[1:], flags...), append(sources, "-o", program)...)...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	output, err := exec.Command(program).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	return string(output)
}
