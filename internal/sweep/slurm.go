package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
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
//   - Everything that is sent is written down: what submit prints, it did.

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
		u.Say("nothing to send: of %d runs %d are done, %d running, %d refused, %d queued", len(u.Runs), status.Counts[Done], status.Counts[Running], status.Counts[Refused], len(queued))
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

// send sends the arrays of a submission and the job that collects after them.
func (u *SlurmSubmission) send(ctx context.Context, sub Submission, runs, size int) error {
	if !u.Print {
		if err := errors.Join(os.MkdirAll(u.Join(LogsFolder), 0o755), u.record(sub)); err != nil {
			return err
		}
	}
	tasks := (runs + u.Pack - 1) / u.Pack
	u.Say("submission %d: runs %s in %d tasks of up to %d runs; an array has at most %d tasks here", sub.Number, sub.Runs, tasks, u.Pack, size)
	var sent []string
	for offset := 0; offset < tasks; offset += size {
		n := min(size, tasks-offset)
		job := SentJob{Submission: sub.Number, Name: u.jobName(sub.Number, strconv.Itoa(offset)), Offset: offset, Tasks: n}
		var after []string
		if u.AtMost > 0 && len(sent) > 0 {
			after = sent[len(sent)-1:] // or every array would have its own limit
		}
		if err := u.sbatch(ctx, &job, u.array(job), after); err != nil {
			return fmt.Errorf("%w\nsent so far: %d arrays with %d tasks; submit again to send the others", err, len(sent), offset)
		}
		sent = append(sent, job.ID)
	}
	job := SentJob{Submission: sub.Number, Name: u.jobName(sub.Number, "collect")}
	if err := u.sbatch(ctx, &job, u.collector(job), sent); err != nil {
		return fmt.Errorf("%w\nall tasks are sent, but nothing will collect them: aeprobe sweep collect %s", err, u.Dir)
	}
	return nil
}

func (u *SlurmSubmission) jobName(submission int, part string) string {
	return fmt.Sprintf("aeprobe-%s-%d-%s", u.ID, submission, part)
}

// array is the batch script of an array of tasks.
func (u *SlurmSubmission) array(job SentJob) string {
	atMost := ""
	if u.AtMost > 0 {
		atMost = fmt.Sprintf("%%%d", u.AtMost)
	}
	requeue := []string{"--requeue", "--signal=B:USR1@90"}
	if u.Requeue == "off" {
		requeue = []string{"--no-requeue"}
	}
	return script(slices.Concat([]string{"--job-name=" + job.Name, fmt.Sprintf("--array=0-%d%s", job.Tasks-1, atMost),
		"--output=" + absolute(u.Join(LogsFolder, "%A_%a.log")), "--open-mode=append", "--ntasks=1", fmt.Sprintf("--cpus-per-task=%d", u.Threads)}, requeue),
		u.Program, "sweep", "run", absolute(u.Dir), "--submission", fmt.Sprint(job.Submission), "--offset", fmt.Sprint(job.Offset), "--pack", fmt.Sprint(u.Pack), "--requeue", u.Requeue)
}

// collector is the batch script that collects.
func (u *SlurmSubmission) collector(job SentJob) string {
	return script([]string{"--job-name=" + job.Name, "--output=" + absolute(u.Join(LogsFolder, "collect-%j.log")), "--open-mode=append", "--ntasks=1"},
		u.Program, "sweep", "collect", absolute(u.Dir))
}

// script is a batch script with options for sbatch, in which a command takes the
// shell's place.
func script(options []string, command ...string) string {
	var b strings.Builder
	b.WriteString("#!/bin/bash\n")
	for _, o := range options {
		if strings.ContainsAny(o, " \t") {
			name, value, _ := strings.Cut(o, "=")
			o = fmt.Sprintf("%s=%q", name, value)
		}
		fmt.Fprintf(&b, "#SBATCH %s\n", o)
	}
	b.WriteString("exec -a aeprobe")
	for _, word := range command {
		b.WriteString(" " + quote(word))
	}
	return b.String() + "\n"
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_./:=,%@+-]+$`)

// quote is a word as a shell reads it.
func quote(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// sbatch sends a script once jobs have ended, however they end, and writes its job
// down.
func (u *SlurmSubmission) sbatch(ctx context.Context, job *SentJob, script string, after []string) error {
	args := []string{"--parsable"}
	if len(after) > 0 {
		args = append(args, "--dependency=afterany:"+strings.Join(after, ":"))
	}
	args = append(args, u.Options...)
	if u.Print {
		job.ID = fmt.Sprintf("JOB-%s", job.Name[strings.LastIndexByte(job.Name, '-')+1:])
		u.Say("sbatch %s <<'END'\n%sEND", strings.Join(args, " "), script)
		return nil
	}
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

var arraySize = regexp.MustCompile(`(?m)^MaxArraySize\s*=\s*(\d+)`)

// maxArraySize is how many tasks an array of this site can have.
func maxArraySize(ctx context.Context) (int, error) {
	out, err := output(exec.CommandContext(ctx, "scontrol", "show", "config"))
	if err != nil {
		return defaultArraySize, err
	}
	m := arraySize.FindStringSubmatch(out)
	if m == nil {
		return defaultArraySize, nil
	}
	n, err := strconv.Atoi(m[1])
	return max(1, n), err
}

// queued are the runs of tasks that Slurm still has.
func (u *SlurmSubmission) queued(ctx context.Context, submissions []Submission) (map[int]bool, error) {
	runs := map[int]bool{}
	if len(submissions) == 0 {
		return runs, nil
	}
	out, err := output(exec.CommandContext(ctx, "squeue", "--me", "--noheader", "--array", "--format=%j|%K|%T"))
	if err != nil {
		if u.Print {
			return runs, nil
		}
		return nil, err
	}
	for line := range strings.Lines(out) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 3 || cells[2] == "COMPLETING" {
			continue
		}
		number, offset, isOurs := u.parseJobName(cells[0])
		index, err := strconv.Atoi(cells[1])
		i := slices.IndexFunc(submissions, func(s Submission) bool { return s.Number == number })
		if !isOurs || err != nil || i < 0 {
			continue
		}
		of, err := parseNumbers(submissions[i].Runs, len(u.Runs))
		if err != nil {
			return nil, err
		}
		first := min(len(of), (offset+index)*submissions[i].Pack)
		for _, n := range of[first:min(len(of), first+submissions[i].Pack)] {
			runs[n] = true
		}
	}
	return runs, nil
}

// parseJobName is the submission and offset in the name of one of this sweep's
// arrays.
func (u *SlurmSubmission) parseJobName(name string) (number, offset int, ok bool) {
	rest, ok := strings.CutPrefix(name, "aeprobe-"+u.ID+"-")
	first, second, cut := strings.Cut(rest, "-")
	number, err1 := strconv.Atoi(first)
	offset, err2 := strconv.Atoi(second)
	return number, offset, ok && cut && err1 == nil && err2 == nil
}

// output is what a command prints. Its error has the command's own words.
func output(command *exec.Cmd) (string, error) {
	out, err := command.Output()
	if ended, is := errors.AsType[*exec.ExitError](err); is {
		return "", fmt.Errorf("%s: %w: %s", command.Args[0], err, strings.TrimSpace(string(ended.Stderr)))
	}
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%w\nthis machine cannot send jobs to Slurm: --print shows what would be sent", err)
	}
	return string(out), err
}
