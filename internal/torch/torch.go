package torch

// #include <stdlib.h>
// #include "native/aeprobe_torch.h"
import "C"

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch/native"
)

// GotchFolder is where the gotch that this program is built with lies; its
// adaptation.json says which libtorch it is for and what it lacks.
const GotchFolder = native.GotchFolder

// Version is the version of the libtorch headers the program was built with,
// "2.11.0".
func Version() string { return C.GoString(C.aep_version()) }

// Pin ties the calling goroutine to its operating-system thread, whose libtorch
// computes with that thread alone, and flushes denormal numbers to zero: nearly
// converged weights would otherwise slow every step down. The returned function
// lets the goroutine go. Where it is never called, the thread ends with the
// goroutine.
//
// OpenMP would share out each kernel, of which a step has a hundred, and wait
// for all its threads at the end of each. Team shares out whole steps.
//
// It fails as CheckCPUCapability does.
func Pin() (unpin func(), err error) {
	if err := CheckCPUCapability(); err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	if err := failure(C.aep_set_threads(1)); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	C.aep_flush_denormals()
	keepMemory()
	return runtime.UnlockOSThread, nil
}

// keepMemory lets the C library keep what libtorch frees, until GiveMemoryBack:
// a step would get its memory from the system each time, page by page.
var keepMemory = sync.OnceFunc(func() { C.aep_keep_memory() })

// GiveMemoryBack returns to the system what libtorch has freed and the C
// library keeps in pieces for later: after a stage, that can be most of it.
func GiveMemoryBack() { C.aep_give_memory_back() }

// NoGrad runs f without recording for back-propagation, and restores what was
// in force before, on the calling goroutine's thread.
func NoGrad(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	was := C.aep_set_grad_enabled(0)
	defer C.aep_set_grad_enabled(was)
	return f()
}

// flag is b as C has it.
func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// failure turns a message of the C side into an error and frees it.
func failure(message *C.char) error {
	if message == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(message))
	return errors.New("libtorch: " + firstLine(C.GoString(message)))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func handle(t *ts.Tensor) C.aep_tensor { return C.aep_tensor(t.Ctensor()) }

// owned makes a result of the C side a gotch tensor, which the caller drops.
func owned(t C.aep_tensor, message *C.char) (*ts.Tensor, error) {
	if err := failure(message); err != nil {
		return nil, err
	}
	return ts.FromCtensor(unsafe.Pointer(t)), nil
}

// Drop frees the memory of tensors at once; nil ones are skipped. The garbage
// collector does not know how much memory a tensor holds.
func Drop(tensors ...*ts.Tensor) {
	for _, t := range tensors {
		if t != nil {
			// Drop fails for a tensor that was already freed, which the
			// caller could do nothing about.
			_ = t.Drop()
		}
	}
}
