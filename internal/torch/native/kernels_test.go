package native_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"aeprobe/internal/cxxtest"
	"aeprobe/internal/torch/torchtest"
)

// TestKernelsOfEveryWidth compiles the kernels for vectors of each form's width
// and compares them with plain loops: those of AVX-512, too, on a processor that
// computes such a vector in pieces.
func TestKernelsOfEveryWidth(t *testing.T) {
	if torchtest.Repeated() {
		t.Skip("the compiler chooses the width")
	}
	headers, err := filepath.Glob("*.h")
	if err != nil {
		t.Fatal(err)
	}
	for _, lanes := range []string{"4", "8", "16"} {
		t.Run(lanes, func(t *testing.T) {
			t.Parallel()
			flags := []string{"-std=c++17", "-O1", "-Wno-psabi", "-DLANES=" + lanes, "-I."}
			if runtime.GOARCH == "amd64" {
				flags = append(flags, "-march=native")
			}
			output := cxxtest.Run(t, []string{"testdata/kernels.cpp"}, headers, flags...)
			if !strings.Contains(output, lanes+" lanes: ") {
				t.Errorf("it printed %s", output)
			}
			t.Logf("%s", output)
		})
	}
}
