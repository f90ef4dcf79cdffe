// Package torchtest is for tests of what computes with libtorch.
package torchtest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/torch"
)

// again is set in the environment of the processes that EachCapability starts.
const again = "AEPROBE_TEST_CAPABILITY"

// Repeated reports whether this is a process that EachCapability started.
func Repeated() bool { return os.Getenv(again) != "" }

// EachCapability runs the package's tests whose names match pattern once more
// under each CPU capability that this processor has and that is not in force:
// libtorch reads the variable once, so each in a process of its own. Those that
// the processor lacks are skipped. In such a process it checks the capability
// and does nothing else.
func EachCapability(t *testing.T, pattern string) {
	t.Helper()
	inForce := strings.ToLower(torch.CPUCapability())
	if asked := os.Getenv(again); asked != "" {
		if inForce != asked {
			t.Errorf("%s computes, not %s", inForce, asked)
		}
		return
	}
	here := torch.CPUCapabilities()
	for _, capability := range []string{"default", "avx2", "avx512"} {
		if capability == inForce {
			continue
		}
		t.Run(capability, func(t *testing.T) {
			if !slices.Contains(here, capability) {
				t.Skipf("this processor has only %s", strings.Join(here, " and "))
			}
			command := exec.Command("/proc/self/exe", "-test.run="+pattern, "-test.v", "-test.timeout=10m")
			command.Env = append(Environment(capability), again+"="+capability)
			output, err := command.CombinedOutput()
			text := string(output)
			if err != nil {
				t.Fatalf("under %s=%s: %v\n%s", torch.CapabilityVariable, capability, err, text)
			}
			if !strings.Contains(text, "--- PASS: "+t.Name()[:strings.Index(t.Name(), "/")]+" ") || strings.Count(text, "--- PASS: Test") < 2 {
				t.Errorf("no test ran under %s:\n%s", capability, text)
			}
		})
	}
}

// Environment is the process's own with the given CPU capability, and without
// what package torch derived from another.
func Environment(capability string) []string {
	all := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains([]string{torch.CapabilityVariable, "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"}, name)
	})
	return append(all, torch.CapabilityVariable+"="+capability)
}
