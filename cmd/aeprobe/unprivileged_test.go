package main

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// unprivileged CODE PROGRAM ARGUMENT... runs a program for which the permissions
// of files count, even if root runs the tests, and checks its exit code. Its
// output goes to the files stdout.txt and stderr.txt.
func unprivileged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: unprivileged CODE PROGRAM ARGUMENT...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	command := scriptCommand(ts, args[1:])
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	ts.Check(startUnprivileged(command))
	err = command.Wait()
	ts.Check(os.WriteFile(ts.MkAbs("stdout.txt"), stdout.Bytes(), 0o644))
	ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), stderr.Bytes(), 0o644))
	if got := exitCode(err); got != want {
		ts.Fatalf("exit code %d (%v), not %d\n%s%s", got, err, want, &stdout, &stderr)
	}
}

// startUnprivileged starts a command without the capabilities that let root
// ignore permissions. It is a thread that loses them, and that ends with its
// goroutine.
func startUnprivileged(command *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := dropCapabilities(); err != nil {
			started <- err
			return
		}
		started <- command.Start()
	}()
	return <-started
}

// dropCapabilities makes the programs that the calling thread executes obey the
// permissions of files.
func dropCapabilities() error {
	if os.Geteuid() != 0 {
		return nil
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err
	}
	for _, capability := range []uint{unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH} {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(capability), 0, 0, 0); err != nil {
			return err
		}
		data[0].Inheritable &^= 1 << capability
	}
	return unix.Capset(&header, &data[0])
}
