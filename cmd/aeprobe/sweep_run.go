package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"aeprobe/internal/lock"
	"aeprobe/internal/metrics"
	"aeprobe/internal/sweep"
	"aeprobe/internal/words"
)

type sweepRunOptions struct {
	sweep.Part
	jobs    int
	refused bool
	requeue string
}

// What to do about the job when a signal announces its end.
const (
	requeueAuto = "auto"
	requeueOff  = "off"
)

func newSweepRun() *cobra.Command {
	var o sweepRunOptions
	c := &cobra.Command{
		Use:   "run DIR",
		Short: "Run a sweep, or a task's part of it",
		Long: `Run makes the runs of a sweep that are not done, as many side by side as the
cores, the memory or the GPUs carry. On one machine it does the whole sweep. As a
task of an array it does the task's part: the number is that of
SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX (Kubernetes), PBS_ARRAY_INDEX,
AWS_BATCH_JOB_ARRAY_INDEX or SGE_TASK_ID, or --task I/N says which part.

Every task checks that the images, libtorch and the processor are those that plan
fixed. Runs share finished trainings, features and measures that they agree on.
What is done is not touched, and a run that another process works on is left to
it, so the same command can be given any number of times.

Signals stop all runs as they stop aeprobe run: they save, and the exit code is
143 (130 after Ctrl-C). In a Slurm job, SIGUSR1 means that the time is nearly up:
the job is requeued (scontrol requeue), unless --requeue=off. A refused
definition (2) is not tried again, except with --refused; a failed run is.`,
		Example: `  aeprobe sweep run sweeps/g
  aeprobe sweep run sweeps/g --task 2/3        on the second of three machines
  sbatch --array=0-23 --wrap 'aeprobe sweep run sweeps/g'`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return runSweepRun(c.Context(), o, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.Task, "task", "", "the `I/N`-th part of the runs, I from 1")
	f.StringVar(&o.Runs, "runs", "", "only these `runs`, numbers and ranges such as 0-3,7")
	f.IntVar(&o.Pack, "pack", 1, "how many `runs` a number of an array stands for")
	f.IntVar(&o.Submission, "submission", 0, "the `number` of the submission that the task belongs to (submit sets it)")
	f.IntVar(&o.Offset, "offset", 0, "the `number` of the array's first task (submit sets it)")
	f.IntVar(&o.jobs, "jobs", 0, "how many `runs` side by side (default: as many as fit)")
	f.BoolVar(&o.refused, "refused", false, "try refused runs again")
	f.StringVar(&o.requeue, "requeue", requeueAuto, "`what` to do when Slurm announces the end: auto (scontrol requeue) or off")
	return c
}

func runSweepRun(ctx context.Context, o sweepRunOptions, dir string) error {
	if o.requeue != requeueAuto && o.requeue != requeueOff {
		return &usageError{fmt.Errorf("--requeue %s: expected auto or off", o.requeue)}
	}
	if o.jobs < 0 {
		return &usageError{fmt.Errorf("--jobs %d: expected 1 or more", o.jobs)}
	}
	s, err := sweep.OpenForTask(dir)
	if err != nil {
		return err
	}
	runs, err := o.Of(s)
	if err != nil {
		return &usageError{err}
	}
	say := func(format string, args ...any) {
		fmt.Fprintln(stdout, time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
	}
	runner := &sweep.Runner{Sweep: s, Refused: o.refused, Line: eventLine, Say: say}
	if runner.Program, err = os.Executable(); err != nil {
		return err
	}
	if runner.Devices, err = checkMachine(ctx, s); err != nil {
		return err
	}
	if runner.Jobs = o.jobs; o.jobs < 1 {
		runner.Jobs = sideBySide(s, len(runner.Devices))
	}
	runner.Jobs = min(runner.Jobs, max(1, len(runs)))
	log, closeLog, err := taskLog(s)
	if err != nil {
		return err
	}
	defer closeLog()
	runner.Log = log
	say("%s of %s, up to %d side by side%s", words.Count(len(runs), "run"), dir, runner.Jobs, inJob())
	tally, err := runner.Run(ctx, runs)
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), requeue(ctx, o, say))
	}
	if err != nil {
		return err
	}
	say("done %d, left to others %d, stopped %d, failed %d, refused %d", tally[sweep.Done], tally[sweep.Running], tally[sweep.Stopped], tally[sweep.Failed], tally[sweep.Refused])
	switch {
	case tally[sweep.Failed] > 0:
		return fmt.Errorf("%s failed\naeprobe sweep status %s says why", words.Count(tally[sweep.Failed], "run"), dir)
	case tally[sweep.Stopped] > 0: // by somebody who signalled the runs, but not this process
		return signalError{syscall.SIGTERM}
	case tally[sweep.Refused] > 0:
		return &usageError{fmt.Errorf("%s refused\naeprobe sweep status %s says why; --refused tries again", words.Count(tally[sweep.Refused], "definition"), dir)}
	}
	return nil
}

// eventLine is an event of a run, as JSON, as a line of a log; empty for one that a
// log can do without.
func eventLine(text string) string {
	var e metrics.Event
	if json.Unmarshal([]byte(text), &e) != nil {
		return text
	}
	if e.Kind == metrics.Progressed || isOneOfMany(e) || isWarningOfRun(e) { // which stderr has, too
		return ""
	}
	return time.Now().Format(time.TimeOnly) + " " + describe(e)
}

func inJob() string {
	if job := lock.Job(); job != "" {
		return ", as job " + job
	}
	return ""
}

// taskLog is where the runs' output goes: in an engine's task to its own log, else
// to one of this host, which is appended to.
func taskLog(s *sweep.Sweep) (log io.Writer, closeLog func(), err error) {
	if _, inArray, err := sweep.Index(); inArray || err != nil {
		return stdout, func() {}, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	if err := os.MkdirAll(s.Join(sweep.LogsFolder), 0o755); err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(s.Join(sweep.LogsFolder, host+".log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { _ = f.Close() }, nil
}

// requeue asks Slurm for another turn of this job, once SIGUSR1 has announced its
// end. Other signals ask for nothing: after SIGTERM Slurm requeues by itself
// (preemption, scontrol requeue), or somebody cancelled the job.
func requeue(ctx context.Context, o sweepRunOptions, say func(string, ...any)) error {
	job := os.Getenv("SLURM_JOB_ID")
	received, ok := errors.AsType[signalError](context.Cause(ctx))
	if job == "" || !ok || received.signal != syscall.SIGUSR1 || o.requeue == requeueOff {
		return nil
	}
	say("stopped by SIGUSR1: job %s is requeued", job)
	out, err := exec.Command("scontrol", "requeue", job).CombinedOutput()
	if err != nil {
		return fmt.Errorf("scontrol requeue %s: %w\n%s", job, err, out)
	}
	return nil
}

// coresOfJob is how many cores this process may use: what Slurm allotted to the
// job on this node, which it need not enforce.
func coresOfJob() int {
	if n, err := strconv.Atoi(os.Getenv("SLURM_CPUS_ON_NODE")); err == nil && n > 0 {
		return min(n, usableCores())
	}
	return usableCores()
}
