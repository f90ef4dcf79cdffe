package torch_test

import (
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/torch"
	"aeprobe/internal/torch/torchtest"
)

// TestEveryCapability runs all tests here with the other forms of the kernels.
func TestEveryCapability(t *testing.T) { torchtest.EachCapability(t, ".") }

func TestCapabilityInForceIsOneOfTheProcessors(t *testing.T) {
	here := torch.CPUCapabilities()
	if len(here) == 0 || here[0] != "default" {
		t.Errorf("the processor has %v", here)
	}
	if inForce := strings.ToLower(torch.CPUCapability()); !slices.Contains(here, inForce) {
		t.Errorf("%s is in force, the processor has %v", inForce, here)
	}
}

// TestCapabilityThatIsNotThere names what no processor has, and what this one
// has not.
func TestCapabilityThatIsNotThere(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("other architectures have other names")
	}
	here := torch.CPUCapabilities()
	for _, asked := range append([]string{"", "default", "avx2", "avx512"}, "AVX2", "avx 2", "avx-512", "sse") {
		t.Setenv(torch.CapabilityVariable, asked)
		err := torch.CheckCPUCapability()
		if known := asked == "" || slices.Contains(here, asked); (err == nil) != known {
			t.Errorf("%q: error %v", asked, err)
		}
		if err != nil && !strings.HasSuffix(err.Error(), "\nunset it, or set it to "+strings.Join(here, " or ")) {
			t.Errorf("%q: no remedy in %q", asked, err)
		}
		unpin, pinErr := torch.Pin()
		if (pinErr == nil) != (err == nil) {
			t.Errorf("%q: a thread was pinned with error %v", asked, pinErr)
		}
		if pinErr == nil {
			unpin()
		}
	}
}

// TestCapabilityNarrowsOneDNN asks oneDNN what it computes with, in a process of
// its own.
func TestCapabilityNarrowsOneDNN(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("elsewhere oneDNN has other instructions")
	}
	command := exec.Command("/proc/self/exe", "-test.run=^TestManyChannelsAreForOneDNN$", "-test.v")
	command.Env = append(torchtest.Environment("default"), "ONEDNN_VERBOSE=1")
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), ",cpu,isa:Intel SSE4.1") {
		t.Errorf("error %v; oneDNN says:\n%s", err, output)
	}
}

func TestManyChannelsAreForOneDNN(t *testing.T) {
	const images, channels = 16, 200
	ones := func(n int) []float32 { return slices.Repeat([]float32{1}, n) }
	x, w := tensor(t, ones(images*channels*9), images, channels, 3, 3), tensor(t, ones(channels*channels*9), channels, channels, 3, 3)
	out, err := torch.Conv2d(x, w, tensor(t, ones(channels)), 1, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(out)
	values, err := torch.ToSlice[float32](out)
	if want := float32(channels*9 + 1); err != nil || values[channels-1] != want {
		t.Errorf("%v, %v; want %g", values, err, want)
	}
}
