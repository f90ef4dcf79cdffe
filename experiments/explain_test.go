package experiments

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// exhaust asks libtorch for more memory than a 64-bit machine can address.
func exhaust() error {
	_, err := ts.Zeros([]int64{1 << 50}, gotch.Float, gotch.CPU)
	return err
}

// TestOutOfMemoryInAStepStopsOneStage makes libtorch run out of memory in the
// 44th step of one of two auto-encoders, the 12th of its second epoch.
func TestOutOfMemoryInAStepStopsOneStage(t *testing.T) {
	before := len(ts.ExistingTensors)
	definition := smallReport(t, "autoencoders.mse=null", "classifiers.random=null", "classifiers.end_to_end=null")
	data := smallData(t, definition)
	whole, dir := t.TempDir(), t.TempDir()
	if _, err := runInto(t, t.Context(), whole, "autoencoders/l1", definition, data, nil); err != nil {
		t.Fatal(err)
	}

	var events []Event
	r := newRun(definition, data, Options{Dir: dir, Device: torch.CPU, Threads: 1, Events: func(e Event) { events = append(events, e) }})
	drop, err := r.loadImages()
	if err != nil {
		t.Fatal(err)
	}
	stages, err := r.stages()
	if err != nil {
		t.Fatal(err)
	}
	stages[slices.IndexFunc(stages, func(s *stage) bool { return s.name == "autoencoders/l1" })].run =
		func(ctx context.Context, s *stage) (*Result, error) {
			task, err := r.newAutoencoderTask(definition.Autoencoders["l1"])
			if err != nil {
				return nil, err
			}
			defer task.drop()
			steps, possible := 0, task.loss
			task.loss = func(index *ts.Tensor) (*ts.Tensor, error) {
				if steps++; steps == 44 {
					return nil, exhaust()
				}
				return possible(index)
			}
			return r.train(ctx, s, task)
		}
	err = withRemedy(r.runStages(t.Context(), stages), dir)
	drop()
	if err == nil {
		t.Fatal("no error")
	}
	want := "autoencoders/l1: epoch 2, step 12: libtorch: out of memory: 4.5 PB more are needed at once\nfree memory, "
	if !strings.HasPrefix(err.Error(), want) || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %q\nwant %q, and a line more", err, want)
	}
	if diff := cmp.Diff([]string{"autoencoders/bce", "classifiers/pretrained"}, stagesOf(events, StageFinished)); diff != "" {
		t.Errorf("finished all the same: %s", diff)
	}
	if diff := cmp.Diff([]string{"features", "figures"}, stagesOf(events, StageSkipped)); diff != "" {
		t.Errorf("skipped for want of it: %s", diff)
	}
	if after := len(ts.ExistingTensors); after != before {
		t.Errorf("%d tensors before, %d after", before, after)
	}

	if _, err := runInto(t, t.Context(), dir, "autoencoders/l1", definition, data, nil); err != nil {
		t.Fatal(err)
	}
	compareStage(t, filepath.Join(whole, "autoencoders/l1"), filepath.Join(dir, "autoencoders/l1"))
}

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
		err := explain(errors.New(test.message))
		if err.Error() != test.want || errors.Is(err, errOutOfMemory) != test.outOfMemory {
			t.Errorf("%q becomes %q, want %q", test.message, err, test.want)
		}
	}
	if err := explain(nil); err != nil {
		t.Errorf("nil becomes %v", err)
	}
	if err := explain(fmt.Errorf("libtorch: %w", fs.ErrNotExist)); !errors.Is(err, fs.ErrNotExist) {
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
		{syscall.EDQUOT, "make room, and the same command goes on"},
		{syscall.EROFS, "use another --out"},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, "\na run writes to " + dir},
	} {
		err := withRemedy(fmt.Errorf("metrics: %w", test.err), dir)
		if !strings.Contains(err.Error(), test.want) || !errors.Is(err, test.err) {
			t.Errorf("%v: got %q, want %q", test.err, err, test.want)
		}
	}
	if err := withRemedy(context.Canceled, dir); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 9940: "9.9 kB", 9960: "10 kB",
		999_400: "999 kB", 999_600: "1.0 MB", 312_000_000: "312 MB", 22_000_000_000: "22 GB", 1 << 62: "4.6 EB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
