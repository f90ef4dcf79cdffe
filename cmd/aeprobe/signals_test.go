package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestSecondInterruptEndsAtOnce interrupts a process that cannot heed the
// first: nobody reads what it prints.
func TestSecondInterruptEndsAtOnce(t *testing.T) {
	program, err := exec.LookPath("aeprobe")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	command := exec.Command(program, "run", "smoke", "--json", "--threads", "1", "--out", dir)
	command.Stdout = fullPipe(t)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for deadline := time.Now().Add(time.Minute); ; {
		if time.Now().After(deadline) {
			_ = command.Process.Kill()
			t.Fatal("interrupts for a minute did not end it")
		}
		// It prints at once after it has locked the folder.
		if _, err := os.Stat(filepath.Join(dir, ".lock")); err == nil {
			if err := command.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
		}
		select {
		case err := <-ended:
			exit, is := errors.AsType[*exec.ExitError](err)
			if !is {
				t.Fatalf("it ended with %v", err)
			}
			if status := exit.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGINT {
				t.Errorf("it ended with %v, not by the interrupt", exit)
			}
			return
		case <-time.After(poll):
		}
	}
}

// fullPipe is a pipe to which nothing more can be written.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	if err := w.SetWriteDeadline(time.Now().Add(poll)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = w.Write(make([]byte, 1<<16))
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	return w
}
