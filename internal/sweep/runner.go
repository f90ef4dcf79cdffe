package sweep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"aeprobe/config"
	"aeprobe/internal/lock"
	"aeprobe/internal/stages"
)

// This file runs runs. The rules are:
//
//   - A run is a process of its own, the program's run command, so that its bits
//     are those of a direct run and that one which fails harms no other.
//   - It is told to stop once, by SIGTERM, also if this process is killed.
//   - What is done is not touched, and what was refused not tried again. A run that
//     another process works on is left to it.

// A Runner runs some of a sweep's runs on this machine.
type Runner struct {
	*Sweep
	// Program is the path of aeprobe.
	Program string
	// Devices are what runs use, one each: Jobs are there side by side.
	Devices []string
	Jobs    int
	// Refused tries runs again that were refused.
	Refused bool
	// Line is what a line of a run's events, as JSON, says in a log; empty for those
	// that a log can do without.
	Line func(event string) string
	// Log gets what the runs print, Say a line for each that begins or ends.
	Log io.Writer
	Say func(format string, args ...any)

	mu sync.Mutex
}

// A Tally counts runs by how they ended here; runs of other processes are Running.
type Tally map[State]int

// Run runs those of runs that are not done. When ctx ends, the runs save and stop.
func (r *Runner) Run(ctx context.Context, runs []Run) (Tally, error) {
	todo := make(chan Run)
	tally := Tally{}
	var failures []error
	var workers sync.WaitGroup
	for i := range max(1, r.Jobs) {
		device := r.Devices[i%len(r.Devices)]
		workers.Go(func() {
			// A run gets SIGTERM when the thread that started it ends.
			runtime.LockOSThread()
			for run := range todo {
				state, err := r.one(ctx, run, device)
				r.mu.Lock()
				if tally[state]++; err != nil {
					failures = append(failures, fmt.Errorf("run %d: %w", run.Number, err))
				}
				r.mu.Unlock()
			}
		})
	}
	for _, run := range runs {
		select {
		case todo <- run:
		case <-ctx.Done():
		}
	}
	close(todo)
	workers.Wait()
	return tally, errors.Join(failures...)
}

// one runs one run. The error is about the sweep's folder; that a run failed is its
// state.
func (r *Runner) one(ctx context.Context, run Run, device string) (State, error) {
	if old, isOver, err := r.over(run); err != nil || isOver {
		return old.State, err
	}
	unlock, other, err := r.claim(ctx, run)
	if err != nil {
		return Failed, err
	}
	if unlock == nil {
		r.Say("run %d: left to another process: %s", run.Number, other)
		return Running, nil
	}
	defer unlock()
	old, isOver, err := r.over(run) // by whom this process waited for
	if err != nil || isOver {
		return old.State, err
	}
	if ctx.Err() != nil {
		return Stopped, nil
	}
	r.Say("run %d begins: %s", run.Number, run.Describe(r.Fields))
	begun := time.Now()
	code, message := r.process(ctx, run, device)
	outcome := &Outcome{State: stateOf(code), Code: code, Seconds: old.Seconds + time.Since(begun).Seconds()}
	if outcome.State == Failed {
		if holders, err := stages.Holders(r.Folder(run)); err == nil && len(holders) > 0 {
			r.Say("run %d: left to another process: %s", run.Number, holders[0])
			return Running, nil
		}
	}
	if outcome.State != Done {
		outcome.Message = message
	}
	if err := r.writeOutcome(run, outcome); err != nil {
		return Failed, err
	}
	switch outcome.State {
	case Done:
		r.Say("run %d done in %.1f s", run.Number, outcome.Seconds)
	default:
		first, _, _ := strings.Cut(message, "\n")
		r.Say("run %d %s (exit code %d): %s", run.Number, outcome.State, code, first)
	}
	return outcome.State, nil
}

// over reports whether a run is not to be tried again, and how its last attempt ended;
// the outcome is that of no attempt if there was none.
func (r *Runner) over(run Run) (old Outcome, is bool, err error) {
	o, err := r.Outcome(run)
	if err != nil {
		return Outcome{State: Failed}, false, err
	}
	if o == nil {
		return old, false, nil
	}
	return *o, o.State == Done || o.State == Refused && !r.Refused, nil
}

// How long to wait for a process that works on a run and may be dying: a run whose
// runner was killed saves first, and NFS keeps a dead node's locks for up to 90 s.
const (
	dying          = 10 * time.Second
	dyingElsewhere = 2 * time.Minute
)

// claim locks a run for this process. If another works on it, unlock is nil and
// other is who.
func (r *Runner) claim(ctx context.Context, run Run) (unlock func(), other string, err error) {
	for begun := time.Now(); ; {
		patience, pause := time.Duration(0), time.Second
		held, err := lock.Try(r.lockFile(run), true)
		taken, is := errors.AsType[*lock.HeldError](err)
		switch {
		case is:
			other = taken.Holder
			patience, pause = lock.Glance, lock.Glance // status and collect only look
		case err != nil:
			return nil, "", err
		default:
			holders, err := stages.Holders(r.Folder(run)) // a run without a runner
			if err == nil && len(holders) == 0 {
				return func() { _ = held.Unlock() }, "", nil
			}
			if err := errors.Join(err, held.Unlock()); err != nil {
				return nil, "", err
			}
			other, patience = holders[0], dying
		}
		if lock.Restart() > 0 {
			patience, pause = dyingElsewhere, time.Second
		}
		if ctx.Err() != nil || time.Since(begun) >= patience {
			return nil, other, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// lockFile is locked by the runner of a run, from before it begins until its outcome
// is written.
func (s *Sweep) lockFile(r Run) string { return s.Folder(r) + ".lock" }

// Arguments are the program's arguments that make a run.
func (s *Sweep) Arguments(run Run, device string) []string {
	args := []string{"run", s.BasePath(), "--json", "--out", s.Folder(run), "--device", device, "--threads", fmt.Sprint(s.Threads),
		"--data", s.Data.Path, "--keep", s.Keep, "--share", s.Join(SharedFolder)}
	if s.Autograd {
		args = append(args, "--autograd")
	}
	for _, set := range run.Overrides.Sets() {
		args = append(args, "--set", set)
	}
	return args
}

// process runs the program and returns its exit code and the end of what it said
// on stderr.
func (r *Runner) process(ctx context.Context, run Run, device string) (int, string) {
	command := exec.CommandContext(ctx, r.Program, r.Arguments(run, device)...)
	command.Args[0] = "aeprobe"
	command.Env = append(runEnvironment(os.Environ()), "ATEN_CPU_CAPABILITY="+r.Capability)
	// Not in the terminal's group: Ctrl-C is for this process, which passes it on.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	prefix := fmt.Sprintf("%06d ", run.Number)
	out, complaints := &prefixed{r: r, prefix: prefix, line: r.Line}, &prefixed{r: r, prefix: prefix, keep: true}
	command.Stdout, command.Stderr = out, complaints
	err := command.Run()
	out.flush()
	complaints.flush()
	message := strings.TrimSpace(strings.Join(complaints.kept, "\n"))
	switch state := command.ProcessState; {
	case state == nil && ctx.Err() != nil: // it did not start
		return exitStopped, message
	case state == nil:
		return 1, err.Error()
	default:
		if status, is := state.Sys().(syscall.WaitStatus); is && status.Signaled() {
			return 128 + int(status.Signal()), strings.TrimSpace(state.String() + "\n" + message)
		}
		return state.ExitCode(), message
	}
}

// runEnvironment leaves out what would change a definition: the user's variables, and
// the user's file.
func runEnvironment(environment []string) []string {
	kept := slices.DeleteFunc(slices.Clone(environment), func(v string) bool {
		return strings.HasPrefix(v, config.VariablePrefix) && !strings.HasPrefix(v, config.VariablePrefix+"LIBTORCH")
	})
	return append(kept, config.VariablePrefix+"CONFIG="+os.DevNull)
}

// exitStopped is the program's exit code after SIGTERM.
const exitStopped = 143

// Describe is a run's overrides for people, in the order of fields.
func (r Run) Describe(fields []string) string {
	var parts []string
	for _, key := range fields {
		if v, has := r.Overrides[key]; has {
			parts = append(parts, key+"="+Show(v))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Overrides)) {
		if !slices.Contains(fields, key) {
			parts = append(parts, key+"="+Show(r.Overrides[key]))
		}
	}
	return strings.Join(parts, " ")
}
