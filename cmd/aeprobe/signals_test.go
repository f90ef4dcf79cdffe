package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// TestSecondSignal checks which signals end the program at once.
func TestSecondSignal(t *testing.T) {
	type moment struct {
		signal syscall.Signal
		after  time.Duration // the first signal
	}
	const ctrlC, term = syscall.SIGINT, syscall.SIGTERM
	for name, c := range map[string]struct {
		foreground bool
		signals    []moment
		want       []bool // at once
	}{
		"a job's SIGTERM, to every process and forwarded": {false, []moment{{term, 0}, {term, 50e6}, {term, 2e9}}, []bool{false, false, false}},
		"a job's SIGINT":             {false, []moment{{ctrlC, 0}, {ctrlC, 50e6}, {ctrlC, 2e9}}, []bool{false, false, false}},
		"SIGUSR1, SIGHUP, SIGTERM":   {false, []moment{{syscall.SIGUSR1, 0}, {syscall.SIGHUP, 1e9}, {term, 3e9}}, []bool{false, false, false}},
		"Ctrl-C twice by accident":   {true, []moment{{ctrlC, 0}, {ctrlC, 300e6}}, []bool{false, false}},
		"Ctrl-C again after a while": {true, []moment{{ctrlC, 0}, {ctrlC, 1e9}}, []bool{false, true}},
		"Ctrl-C three times":         {true, []moment{{ctrlC, 0}, {ctrlC, 100e6}, {ctrlC, 200e6}}, []bool{false, false, true}},
		"Ctrl-C after SIGTERM":       {true, []moment{{term, 0}, {ctrlC, 500e6}, {ctrlC, 2e9}}, []bool{false, false, true}},
		"SIGTERM at a terminal":      {true, []moment{{term, 0}, {term, 2e9}, {term, 3e9}}, []bool{false, false, false}},
	} {
		var before history
		var got []bool
		for i, m := range c.signals {
			first, atOnce := before.add(m.signal, time.Unix(1000, 0).Add(m.after), func() bool { return c.foreground })
			if first != (i == 0) {
				t.Errorf("%s: signal %d is the first: %v", name, i, first)
			}
			got = append(got, atOnce)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: at once (-want +got):\n%s", name, diff)
		}
	}
}

// TestSecondSignalSparesTheSave sends a training signals 50 ms apart, while it
// cannot save: its stdout is full, and it prints before it saves. Then the test
// reads on, and the training has to save and resume.
func TestSecondSignalSparesTheSave(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1} {
		t.Run(unix.SignalName(signal), func(t *testing.T) {
			dir := t.TempDir()
			train := func(checkpointSteps int) *exec.Cmd {
				return aeprobe(t, "run", "smoke", "--json", "--threads", "1", "--out", dir, "--only", "autoencoders/bce",
					"--set", "train.epochs=2", "--set", fmt.Sprint("checkpoint.steps=", checkpointSteps))
			}
			command := train(1) // an event each step fills the pipe
			r, w := smallPipe(t)
			command.Stdout = w
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			w.Close()
			events := bufio.NewReader(r)
			for text := ""; !strings.Contains(text, `"progress"`); {
				var err error
				if text, err = events.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			waitUntilFull(t, r)
			for range 2 {
				if err := command.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				time.Sleep(50 * time.Millisecond)
			}
			if _, err := io.Copy(io.Discard, events); err != nil {
				t.Fatal(err)
			}
			if got, want := exitCode(command.Wait()), (signalError{signal}).exitCode(); got != want {
				t.Fatalf("exit code %d, want %d", got, want)
			}
			output, err := train(1000).Output()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(output), `"event":"resumed"`) {
				t.Errorf("it did not resume:\n%s", output)
			}
		})
	}
}

// TestCtrlCEndsAtOnce presses Ctrl-C at a process that cannot stop, because
// nobody reads its output: once does nothing, and again a second later ends it.
func TestCtrlCEndsAtOnce(t *testing.T) {
	dir := t.TempDir()
	command := aeprobe(t, "run", "smoke", "--json", "--threads", "1", "--out", dir)
	command.Stdout = fullPipe(t)
	keyboard := terminal(t, command)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	presses := 0
	for deadline := time.Now().Add(time.Minute); ; {
		if time.Now().After(deadline) {
			_ = command.Process.Kill()
			t.Fatalf("%d times Ctrl-C did not end it", presses)
		}
		// It prints as soon as it has locked the folder.
		if _, err := os.Stat(filepath.Join(dir, ".locks", "report")); err == nil {
			if _, err := keyboard.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
			presses++
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
			if presses < 2 {
				t.Errorf("Ctrl-C ended it the first time")
			}
			return
		case <-time.After(patience + 50*time.Millisecond):
		}
	}
}

// aeprobe is a command of the program under test.
func aeprobe(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program, err := exec.LookPath("aeprobe")
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(program, args...)
}

// smallPipe is a pipe that is full after a page.
func smallPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	if _, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize()); err != nil {
		t.Fatal(err)
	}
	return r, w
}

// waitUntilFull waits until a pipe has not got fuller for a while. If that was
// too soon the test checks less, but does not fail.
func waitUntilFull(t *testing.T, r *os.File) {
	t.Helper()
	before, since := -1, time.Now()
	for deadline := time.Now().Add(time.Minute); time.Since(since) < 300*time.Millisecond; time.Sleep(poll) {
		now, err := unix.IoctlGetInt(int(r.Fd()), unix.TIOCINQ)
		if err != nil {
			t.Fatal(err)
		}
		if now != before {
			before, since = now, time.Now()
		}
		if time.Now().After(deadline) {
			t.Fatal("the pipe does not fill up")
		}
	}
}

// terminal gives a command a terminal of its own, and returns its keyboard.
func terminal(t *testing.T, command *exec.Cmd) *os.File {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal: %v", err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	if err := unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	screen, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	command.Stdin = screen
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	return keyboard
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
