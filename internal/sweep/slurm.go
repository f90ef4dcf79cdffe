package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// This file sends a sweep to Slurm. The rules:
//
//   - A task is one run of this program in the place of the batch script's shell,
//     so that it gets the signals that are meant for the shell, once.
//   - Only runs that are neither done, refused, running nor queued are sent.
//   - An array has as many tasks as the site allows (MaxArraySize); there are as
//     many arrays as it takes.
//   - Everything that is sent is written down: what submit prints, it did. What
//     --print prints is a script that sends the same, and writes nothing down.
//   - A job is known by its name, so no option may change it.

// defaultArraySize is Slurm's own MaxArraySize.
const defaultArraySize = 1001

// A SlurmSubmission is what is asked of submit.
type SlurmSubmission struct {
	*Sweep
	Program string
	// Pack is how many runs a task takes, one after another or side by side.
	Pack int
	// AtMost is how many tasks run at once; 0 for no limit.
	AtMost int
	// Requeue is what tasks do when their end is announced: auto or off.
	Requeue string
	// Options are passed to sbatch, after ours.
	Options []string
	// Print shows what would be sent, and sends nothing.
	Print bool
	Say   func(format string, args ...any)
}

// Submit sends what is not done.
func (u *SlurmSubmission) Submit(ctx context.Context) error {
	if strings.ContainsAny(absolute(u.Dir), "\n\\") {
		return fmt.Errorf("%q: Slurm takes no log in a folder with a backslash or a line's end in its name\nrename it", absolute(u.Dir))
	}
	unlock, err := lockFolder(u.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	status, err := u.Status()
	if err != nil {
		return err
	}
	submissions, err := u.Submissions()
	if err != nil {
		return err
	}
	queued, err := u.queued(ctx, submissions)
	if err != nil {
		return err
	}
	runs := slices.DeleteFunc(status.Unfinished(), func(n int) bool { return queued[n] })
	if len(runs) == 0 {
		u.Say(u.comment()+"nothing to send: of %d runs %d are done, %d running, %d refused, %d queued", len(u.Runs), status.Counts[Done], status.Counts[Running], status.Counts[Refused], len(queued))
		return nil
	}
	size, err := maxArraySize(ctx)
	if err != nil && !u.Print {
		return err
	}
	sub := Submission{Number: 1, Engine: "slurm", When: time.Now().UTC().Truncate(time.Second), Runs: formatNumbers(runs), Pack: u.Pack}
	if n := len(submissions); n > 0 {
		sub.Number = submissions[n-1].Number + 1
	}
	return u.send(ctx, sub, len(runs), size)
}

// comment begins a line that is not for the shell, where a shell may read it.
func (u *SlurmSubmission) comment() string {
	if u.Print {
		return "# "
	}
	return ""
}

// send sends the arrays of a submission and the job that collects after them.
func (u *SlurmSubmission) send(ctx context.Context, sub Submission, runs, size int) error {
	if !u.Print {
		if err := errors.Join(os.MkdirAll(u.Join(LogsFolder), 0o755), u.record(sub)); err != nil {
			return err
		}
	}
	tasks := (runs + u.Pack - 1) / u.Pack
	if u.Print {
		u.Say("# Runs %s in %d tasks of up to %d runs, in arrays of up to %d tasks.\nmkdir -p %s", sub.Runs, tasks, u.Pack, size, quote(absolute(u.Join(LogsFolder))))
	} else {
		u.Say("submission %d: runs %s in %d tasks of up to %d runs; an array has at most %d tasks here", sub.Number, sub.Runs, tasks, u.Pack, size)
	}
	var sent []string
	for offset := 0; offset < tasks; offset += size {
		n := min(size, tasks-offset)
		job := SentJob{Submission: sub.Number, Name: u.jobName(sub, strconv.Itoa(offset)), Offset: offset, Tasks: n}
		var after []string
		if u.AtMost > 0 && len(sent) > 0 {
			after = sent[len(sent)-1:] // or every array would have its own limit
		}
		if err := u.sbatch(ctx, &job, u.array(sub, job), after); err != nil {
			return fmt.Errorf("%w\nsent so far: %d arrays with %d tasks; submit again to send the others", err, len(sent), offset)
		}
		sent = append(sent, job.ID)
	}
	job := SentJob{Submission: sub.Number, Name: u.jobName(sub, "collect")}
	if err := u.sbatch(ctx, &job, u.collector(job), sent); err != nil {
		return fmt.Errorf("%w\nall tasks are sent, but nothing will collect them: aeprobe sweep collect %s", err, u.Dir)
	}
	return nil
}

// sbatch sends a script once jobs have ended, however they end, and writes its job
// down.
func (u *SlurmSubmission) sbatch(ctx context.Context, job *SentJob, script string, after []string) error {
	args := []string{"--parsable"}
	if len(after) > 0 {
		args = append(args, "--dependency=afterany:"+strings.Join(after, ":"))
	}
	if u.Print {
		name := "job_" + job.Name[strings.LastIndexByte(job.Name, '-')+1:]
		job.ID = "$" + name // for the shell that the script is given to
		for _, o := range u.Options {
			args = append(args, quote(o))
		}
		u.Say("%s=$(sbatch %s <<'END'\n%sEND\n)", name, strings.Join(args, " "), script)
		return nil
	}
	args = append(args, u.Options...)
	command := exec.CommandContext(ctx, "sbatch", args...)
	command.Stdin = strings.NewReader(script)
	out, err := output(command)
	if err != nil {
		return err
	}
	job.ID, _, _ = strings.Cut(strings.TrimSpace(out), ";") // a cluster's name may follow
	u.Say("sbatch %s: job %s, %s", strings.Join(args, " "), job.ID, job.Name)
	return u.record(job)
}
