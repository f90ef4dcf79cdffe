package torch

// #include <stdlib.h>
// #include "native/aeprobe_torch.h"
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"unsafe"
)

// CapabilityVariable is libtorch's environment variable that chooses the vector
// instructions of its kernels and of ours: see native/processor.h.
const CapabilityVariable = "ATEN_CPU_CAPABILITY"

// narrowed is what makes oneDNN and MKL, within libtorch, use no wider vectors
// than the capability that is named.
var narrowed = map[string]map[string]string{
	"default": {"ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
	"avx2":    {"ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
}

// They read their variables when they first compute: so does libtorch, which
// warns of an empty one.
func init() {
	asked, set := os.LookupEnv(CapabilityVariable)
	if set && asked == "" {
		os.Unsetenv(CapabilityVariable)
	}
	for variable, value := range narrowed[asked] {
		if _, set := os.LookupEnv(variable); !set {
			os.Setenv(variable, value)
		}
	}
}

// CPUCapability is the form of kernels in force, libtorch's and ours: DEFAULT,
// AVX2 or AVX512.
func CPUCapability() string {
	name := C.aep_capability()
	defer C.free(unsafe.Pointer(name))
	return C.GoString(name)
}

// CPUCapabilities are the values of ATEN_CPU_CAPABILITY that this processor has,
// the narrowest first.
func CPUCapabilities() []string {
	names := C.aep_capabilities()
	defer C.free(unsafe.Pointer(names))
	return strings.Fields(C.GoString(names))
}

// CheckCPUCapability returns an error if ATEN_CPU_CAPABILITY names instructions
// that this processor does not have, or nothing that libtorch knows: libtorch
// would end in an illegal instruction, or ignore it. A program calls it before
// it computes anything; [Pin] does, too.
func CheckCPUCapability() error {
	asked := os.Getenv(CapabilityVariable)
	if asked == "" || runtime.GOARCH != "amd64" {
		return nil
	}
	here := CPUCapabilities()
	if slices.Contains(here, asked) {
		return nil
	}
	why := "there is no such CPU capability"
	if asked == "avx2" || asked == "avx512" {
		why = "this processor does not have it"
	}
	return fmt.Errorf("%s=%s: %s\nunset it, or set it to %s", CapabilityVariable, asked, why, strings.Join(here, " or "))
}
