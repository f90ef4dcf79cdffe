package torch

// #include <stdlib.h>
// #include "native/aeprobe_torch.h"
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/sugarme/gotch"
)

// Device is where tensors live and kernels run.
type Device struct {
	// CUDA is the index of a GPU, or -1 for the CPU.
	CUDA int
}

// CPU is the host's processor.
var CPU = Device{CUDA: -1}

// IsCPU reports whether d is the host's processor.
func (d Device) IsCPU() bool { return d.CUDA < 0 }

// String is the device's name as a user types it: cpu or cuda:0.
func (d Device) String() string {
	if d.IsCPU() {
		return "cpu"
	}
	return "cuda:" + strconv.Itoa(d.CUDA)
}

// Gotch is the device in gotch's terms.
func (d Device) Gotch() gotch.Device {
	if d.IsCPU() {
		return gotch.CPU
	}
	return gotch.CudaBuilder(uint(d.CUDA))
}

// ParseDevice turns auto, cpu, cuda or cuda:N into a device that is there.
// auto is the first GPU where there is one, and the CPU otherwise.
func ParseDevice(name string) (Device, error) {
	switch {
	case name == "cpu":
		return CPU, nil
	case name == "auto":
		if LoadCUDA() == nil {
			return Device{CUDA: 0}, nil
		}
		return CPU, nil
	case name == "cuda":
		name = "cuda:0"
		fallthrough
	case strings.HasPrefix(name, "cuda:"):
		index, err := strconv.Atoi(strings.TrimPrefix(name, "cuda:"))
		if err != nil || index < 0 {
			return CPU, fmt.Errorf("device %q: expected a GPU's number after cuda:", name)
		}
		if err := LoadCUDA(); err != nil {
			return CPU, fmt.Errorf("device %s: %w\ntry --device cpu, or see what aeprobe doctor says", name, err)
		}
		if n := CUDADevices(); index >= n {
			return CPU, fmt.Errorf("device %s: this machine has %d, numbered from 0", name, n)
		}
		return Device{CUDA: index}, nil
	default:
		return CPU, fmt.Errorf("device %q: expected auto, cpu, cuda or cuda:N", name)
	}
}

// CUDADevices is the number of GPUs that libtorch can use, 0 before LoadCUDA.
func CUDADevices() int { return cudaDevices }

// cudaDevices is what LoadCUDA found. libtorch itself must not be asked before:
// see there.
var cudaDevices int

// LoadCUDA loads libtorch's CUDA backend, once, and makes its convolutions
// deterministic: a training that was interrupted must end with the same bits.
// The program is linked without it, so that the same program runs on machines
// that have no CUDA libraries. The error says what is missing.
//
// It must come before the program computes anything: libtorch asks once what
// backends there are.
var LoadCUDA = sync.OnceValue(func() error {
	dir, err := LibraryDir()
	if err != nil {
		return err
	}
	library := filepath.Join(dir, "libtorch_cuda.so")
	if _, err := os.Stat(library); err != nil {
		return fmt.Errorf("this libtorch has no CUDA backend: there is no libtorch_cuda.so beside its other libraries")
	}
	path := C.CString(library)
	defer C.free(unsafe.Pointer(path))
	if err := failure(C.aep_load_library(path)); err != nil {
		return fmt.Errorf("CUDA backend: %w", err)
	}
	cudaDevices = int(C.aep_cuda_device_count())
	if cudaDevices == 0 {
		return fmt.Errorf("the CUDA backend finds no GPU: no NVIDIA driver, or none that this CUDA version works with")
	}
	C.aep_deterministic_cudnn()
	return nil
})

// SetTF32 says whether GPUs may round what convolutions and matrix products
// multiply to TF32, 10 bits of mantissa instead of float32's 23. It holds for
// the whole process.
func SetTF32(on bool) {
	var c C.int
	if on {
		c = 1
	}
	C.aep_set_tf32(c)
}

// LibraryDir is the folder that the running program's libtorch was loaded
// from.
func LibraryDir() (string, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return "", fmt.Errorf("find the loaded libtorch: %w", err)
	}
	for line := range strings.Lines(string(maps)) {
		if path := strings.TrimSpace(line[strings.LastIndexByte(line, ' ')+1:]); filepath.Base(path) == "libtorch_cpu.so" {
			return filepath.Dir(path), nil
		}
	}
	return "", fmt.Errorf("find the loaded libtorch: no libtorch_cpu.so among the program's libraries")
}
