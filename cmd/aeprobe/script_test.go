package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"aeprobe": main})
}

// TestScripts drives the program as a user does. No script needs the network
// or CIFAR-10.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, "cache"))
			e.Setenv("OMP_NUM_THREADS", "1")
			return nil
		},
		Condition: func(condition string) (bool, error) {
			if condition != "mounts" {
				return false, fmt.Errorf("no condition %q", condition)
			}
			return exec.Command("unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt").Run() == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"signal":  signalled,
			"waitfor": waitfor,
			"json":    checkJSON,
			"flip":    flip,
		},
	})
}

// exits CODE PROGRAM ARGUMENT... runs a program and checks its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	if got := exitCode(err); got != want {
		ts.Fatalf("exit code %d (%v), not %d", got, err, want)
	}
}

// exitCode is that of the command which ended with err, or -1.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if ended, is := errors.AsType[*exec.ExitError](err); is {
		return ended.ExitCode()
	}
	return -1
}

// signal INT|TERM CODE FILE PROGRAM ARGUMENT... starts a program, sends it the
// signal as soon as the file has another line, and checks its exit code. What
// the program printed goes to the files stdout.txt and stderr.txt.
func signalled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: signal INT|TERM CODE FILE PROGRAM ARGUMENT...")
	}
	signal := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}[args[0]]
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	path, err := exec.LookPath(args[3])
	ts.Check(err)
	command := exec.Command(path, args[4:]...)
	command.Args[0] = args[3]
	command.Dir = ts.MkAbs(".")
	command.Env = []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "OMP_NUM_THREADS=1"}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr

	before := lines(ts, args[2])
	ts.Check(command.Start())
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	sent := false
	for {
		select {
		case err := <-ended:
			if got := exitCode(err); !sent || got != want {
				ts.Fatalf("exit code %d (%v), not %d; sent: %v\n%s%s", got, err, want, sent, &stdout, &stderr)
			}
			ts.Check(os.WriteFile(ts.MkAbs("stdout.txt"), stdout.Bytes(), 0o644))
			ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), stderr.Bytes(), 0o644))
			return
		case <-time.After(poll):
			if !sent && lines(ts, args[2]) > before {
				sent = true
				ts.Check(command.Process.Signal(signal))
			}
		}
	}
}

const poll = 5 * time.Millisecond

// lines counts a file's; a file that is not there has none.
func lines(ts *testscript.TestScript, file string) int {
	text, err := os.ReadFile(ts.MkAbs(file))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	return bytes.Count(text, []byte("\n"))
}

// waitfor FILE waits for a file to have a line.
func waitfor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfor FILE")
	}
	for deadline := time.Now().Add(time.Minute); lines(ts, args[0]) == 0; time.Sleep(poll) {
		if time.Now().After(deadline) {
			ts.Fatalf("%s has no line after a minute", args[0])
		}
	}
}

// checkJSON FILE fails unless the file holds JSON values, one or more.
func checkJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: json FILE")
	}
	text := ts.ReadFile(args[0])
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	values := 0
	for decoder.More() {
		var v any
		if err := decoder.Decode(&v); err != nil {
			ts.Fatalf("%s: %v", args[0], err)
		}
		values++
	}
	if values == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
}

// flip FILE changes a bit of a file's last byte.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: flip FILE")
	}
	content := []byte(ts.ReadFile(args[0]))
	content[len(content)-1] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o644))
}
