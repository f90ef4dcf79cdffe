package torch

// #define _GNU_SOURCE
// #include <dlfcn.h>
// #include <stdlib.h>
// #include "native/aeprobe_cuda.h"
// #include "native/aeprobe_torch.h"
//
// static const aep_cuda *find(void) {
//   const aep_cuda *(*library)(void) = (const aep_cuda *(*)(void))dlsym(RTLD_DEFAULT, "aep_cuda_1");
//   return library == NULL ? NULL : library();
// }
// static char *stream_enter(const aep_cuda *c, int device, aep_stream *out) { return c->stream_enter(device, out); }
// static char *stream_leave(const aep_cuda *c, aep_stream s) { return c->stream_leave(s); }
import "C"

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"unsafe"
)

// cudaLibraryName is the library that install-libtorch.sh makes of
// cuda/aeprobe_cuda.cpp where CUDA's headers are.
const cudaLibraryName = "libaeprobe_cuda.so"

// CUDALibrary is the path of the library of streams and graphs, which needs
// CUDA's headers to be built: beside the program, or where install-libtorch.sh
// builds it.
func CUDALibrary() (string, error) {
	var folders []string
	if program, err := os.Executable(); err == nil {
		folders = append(folders, filepath.Dir(program))
	}
	for _, folder := range append(folders, GotchFolder) {
		if path := filepath.Join(folder, cudaLibraryName); exists(path) {
			return path, nil
		}
	}
	return "", errors.New("there is no " + cudaLibraryName + ", which ./install-libtorch.sh builds where CUDA's headers are")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// cuda is what LoadGraphs loaded, or nil.
var cuda *C.aep_cuda

// LoadGraphs loads, once and after the CUDA backend, the library that
// OnOwnStream and Capture need. Without it trainings on a GPU work, but wait for
// one another, and for the start of every kernel.
var LoadGraphs = sync.OnceValue(func() error {
	if err := LoadCUDA(); err != nil {
		return err
	}
	library, err := CUDALibrary()
	if err != nil {
		return err
	}
	path := C.CString(library)
	defer C.free(unsafe.Pointer(path))
	if err := failure(C.aep_load_library(path)); err != nil {
		return err
	}
	loaded := C.find()
	if loaded == nil {
		return fmt.Errorf("%s is of another version of aeprobe: ./install-libtorch.sh builds it anew", library)
	}
	if v := C.GoString(loaded.libtorch); v != Version() {
		return fmt.Errorf("%s is for libtorch %s, not %s: ./install-libtorch.sh builds it anew", library, v, Version())
	}
	cuda = loaded
	return nil
})

// OnOwnStream runs f with a stream of its own on d: what f computes there waits
// for nobody else's work, and is done when OnOwnStream returns. On the CPU, and
// where LoadGraphs failed, it just runs f.
func OnOwnStream(d Device, f func() error) error {
	if d.IsCPU() || cuda == nil {
		return f()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var stream C.aep_stream
	if err := failure(C.stream_enter(cuda, C.int(d.CUDA), &stream)); err != nil {
		return err
	}
	err := f()
	return errors.Join(err, failure(C.stream_leave(cuda, stream)))
}
