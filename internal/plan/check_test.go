package plan

import (
	"path/filepath"
	"strings"
	"testing"

	"aeprobe/internal/cxxtest"
)

// TestCheck runs testdata/check.cpp, which says what it checks. Optimized less, no
// multiplication and addition would become one, which decides the bits; as much as the
// package is, it would take minutes to compile.
func TestCheck(t *testing.T) {
	requirePlans(t)
	sources, err := filepath.Glob("*.cpp")
	if err != nil {
		t.Fatal(err)
	}
	headers, err := filepath.Glob("*.h")
	if err != nil {
		t.Fatal(err)
	}
	output := cxxtest.Run(t, append(sources, "testdata/check.cpp"), headers,
		"-std=c++17", "-O2", "-pthread", "-Wno-psabi", "-Wno-maybe-uninitialized", "-I.")
	if !strings.HasSuffix(output, " checks, 0 failures\n") {
		t.Errorf("it printed %s", output)
	}
	t.Logf("%s", output)
}
