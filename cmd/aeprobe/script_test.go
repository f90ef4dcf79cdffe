package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"aeprobe/internal/race"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
)

// TestMain is also the start of the program itself, under its own name.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "aeprobe" {
		// Tests under nohup, or without a terminal, would pass on that SIGHUP
		// is ignored. What is caught is not passed on.
		signal.Notify(make(chan os.Signal, 1), unix.SIGHUP)
	}
	testscript.Main(m, map[string]func(){"aeprobe": main})
}

// TestScripts uses the program as a user would. No script needs the network or
// CIFAR-10, and none finds either: only the cache and a proxy that is not there
// are searched.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, "cache"))
			e.Setenv("OMP_NUM_THREADS", "1")
			e.Setenv("CIFAR10_DIR", "")
			e.Setenv(torch.CapabilityVariable, os.Getenv(torch.CapabilityVariable))
			e.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
			e.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
			// A few images in each format.
			sets, err := filepath.Abs("../../vision/testdata/sets")
			e.Setenv("SETS", sets)
			return err
		},
		Condition: func(condition string) (bool, error) {
			switch condition {
			case "race":
				return race.Enabled, nil
			case "mounts":
				return exec.Command("unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt").Run() == nil, nil
			case "permissions":
				command := exec.Command("true")
				return startUnprivileged(command) == nil && command.Wait() == nil, nil
			default:
				return false, fmt.Errorf("no condition %q", condition)
			}
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":        exits,
			"unprivileged": unprivileged,
			"signal":       signalled,
			"waitfor":      waitfor,
			"json":         checkJSON,
			"flip":         flip,
			"overflow":     overflow,
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

// exitCode returns the exit code of a command that ended with err, or -1.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if ended, is := errors.AsType[*exec.ExitError](err); is {
		return ended.ExitCode()
	}
	return -1
}

// signal NAME CODE FILE PROGRAM ARGUMENT... starts a program, sends it the signal
// (INT, TERM, HUP or USR1) as soon as the file has another line, and checks its
// exit code. The program's output goes to the files stdout.txt and stderr.txt.
func signalled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: signal NAME CODE FILE PROGRAM ARGUMENT...")
	}
	signal := unix.SignalNum("SIG" + args[0])
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	command := scriptCommand(ts, args[3:])
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

// scriptCommand is a program as a script runs it.
func scriptCommand(ts *testscript.TestScript, args []string) *exec.Cmd {
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	command := exec.Command(path, args[1:]...)
	command.Args[0] = args[0]
	command.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "XDG_CACHE_HOME", "CIFAR10_DIR", "HTTPS_PROXY", "OMP_NUM_THREADS", torch.CapabilityVariable} {
		command.Env = append(command.Env, name+"="+ts.Getenv(name))
	}
	return command
}

const poll = 5 * time.Millisecond

// lines counts a file's lines; a missing file has none.
func lines(ts *testscript.TestScript, file string) int {
	text, err := os.ReadFile(ts.MkAbs(file))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	return bytes.Count(text, []byte("\n"))
}

// waitfor FILE waits until a file has a line.
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

// checkJSON FILE fails unless the file contains one or more JSON values and
// nothing else.
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

// flip FILE flips a bit of a file's last byte.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: flip FILE")
	}
	content := []byte(ts.ReadFile(args[0]))
	content[len(content)-1] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o644))
}

// overflow FILE makes the weights of a safetensors file's first layer so large
// that its output is not finite, though they are.
func overflow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: overflow FILE")
	}
	f, err := weights.Read(ts.MkAbs(args[0]))
	ts.Check(err)
	weight := f.Tensors["encoder.0.weight"].Data
	for i := 0; i < len(weight); i += 8 {
		binary.LittleEndian.PutUint32(weight[i:], math.Float32bits(3e38))
		binary.LittleEndian.PutUint32(weight[i+4:], math.Float32bits(-3e38))
	}
	ts.Check(weights.WriteSafetensors(ts.MkAbs(args[0]), f))
}
