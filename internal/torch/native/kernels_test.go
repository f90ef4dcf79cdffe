package native_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"aeprobe/internal/torch/torchtest"
)

// TestKernelsOfEveryWidth compiles the kernels for vectors of each form's width
// and compares them with plain loops: those of AVX-512, too, on a processor that
// computes such a vector in pieces.
func TestKernelsOfEveryWidth(t *testing.T) {
	if torchtest.Repeated() {
		t.Skip("the compiler chooses the width")
	}
	compiler := os.Getenv("CXX")
	if compiler == "" {
		compiler = "g++"
	}
	if _, err := exec.LookPath(compiler); err != nil {
		t.Skipf("no compiler: %v", err)
	}
	const source = "testdata/kernels.cpp"
	if _, err := os.Stat(source); err != nil { // which Go's cache of test results takes note of
		t.Fatal(err)
	}
	for _, lanes := range []string{"4", "8", "16"} {
		t.Run(lanes, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(t.TempDir(), "kernels")
			arguments := []string{"-std=c++17", "-O1", "-Wno-psabi", "-DLANES=" + lanes, "-I.", source, "-o", program}
			if runtime.GOARCH == "amd64" {
				arguments = append(arguments, "-march=native")
			}
			if output, err := exec.Command(compiler, arguments...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			output, err := exec.Command(program).CombinedOutput()
			if err != nil || !strings.Contains(string(output), lanes+" lanes: ") {
				t.Errorf("%v\n%s", err, output)
			}
			t.Logf("%s", output)
		})
	}
}
