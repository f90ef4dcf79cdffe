package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestExplain(t *testing.T) {
	const enforce = "[enforce fail at alloc_cpu.cpp:127] err == 0. "
	for _, test := range []struct {
		message, want string
		outOfMemory   bool
	}{
		{"Conv2d() failed: libtorch: " + enforce + "DefaultCPUAllocator: can't allocate memory: " +
			"you tried to allocate 1234567 bytes. Error code 12 (Cannot allocate memory)",
			"libtorch: out of memory: 1.2 MB more are needed at once", true},
		{"epoch 1, step 2: libtorch: DefaultCPUAllocator: not enough memory: you tried to allocate 999 bytes.",
			"epoch 1, step 2: libtorch: out of memory: 999 bytes more are needed at once", true},
		{"libtorch: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.10 GiB of which",
			"libtorch: out of memory on the GPU: 2.50 GiB more are needed at once", true},
		{"libtorch: std::bad_alloc", "libtorch: out of memory", true},
		{"step 3: Add() failed: libtorch: The size of tensor a (3) must match\nException raised from infer_size",
			"step 3: libtorch: The size of tensor a (3) must match", false},
		{"out of memory, says somebody else\nin two lines", "out of memory, says somebody else\nin two lines", false},
	} {
		err := Explain(errors.New(test.message))
		if err.Error() != test.want || errors.Is(err, ErrOutOfMemory) != test.outOfMemory {
			t.Errorf("%q becomes %q, want %q", test.message, err, test.want)
		}
	}
	if err := Explain(nil); err != nil {
		t.Errorf("nil becomes %v", err)
	}
	if err := Explain(fmt.Errorf("libtorch: %w", fs.ErrNotExist)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not what it was", err)
	}
}

func TestRemedies(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	for _, test := range []struct {
		err  error
		want string
	}{
		{syscall.ENOSPC, "\nthe disk of " + dir + " has "},
		{syscall.EDQUOT, "make room, and run the same command again"},
		{syscall.EROFS, "pass another --out"},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, "\n" + dir + " is not writable"},
	} {
		err := WithRemedy(fmt.Errorf("metrics: %w", test.err), dir)
		if !strings.Contains(err.Error(), test.want) || !errors.Is(err, test.err) {
			t.Errorf("%v: got %q, want %q", test.err, err, test.want)
		}
	}
	if err := WithRemedy(context.Canceled, dir); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}
