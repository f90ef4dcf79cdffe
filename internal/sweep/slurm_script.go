package sweep

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// This file writes the batch scripts that Slurm is given.

// jobName names a job of a submission. What is only printed has no number: the name
// must not be that of a submission to come.
func (u *SlurmSubmission) jobName(sub Submission, part string) string {
	if u.Print {
		return fmt.Sprintf("aeprobe-%s-printed-%s", u.ID, part)
	}
	return fmt.Sprintf("aeprobe-%s-%d-%s", u.ID, sub.Number, part)
}

// array is the batch script of an array of tasks.
func (u *SlurmSubmission) array(sub Submission, job SentJob) string {
	atMost := ""
	if u.AtMost > 0 {
		atMost = fmt.Sprintf("%%%d", u.AtMost)
	}
	options := []string{"--job-name=" + job.Name, fmt.Sprintf("--array=0-%d%s", job.Tasks-1, atMost), u.output("%A_%a.log"),
		"--open-mode=append", "--ntasks=1", fmt.Sprintf("--cpus-per-task=%d", u.Threads), "--requeue"} // as after a node's death
	if u.Requeue != "off" {
		options = append(options, "--signal=B:USR1@90")
	}
	part := []string{"--submission", fmt.Sprint(sub.Number)}
	if u.Print {
		part = []string{"--runs", sub.Runs}
	}
	return script(options, slices.Concat([]string{u.Program, "sweep", "run", absolute(u.Dir)}, part,
		[]string{"--offset", fmt.Sprint(job.Offset), "--pack", fmt.Sprint(u.Pack), "--requeue", u.Requeue})...)
}

// output is the option that names a log.
func (u *SlurmSubmission) output(log string) string {
	return "--output=" + strings.ReplaceAll(absolute(u.Join(LogsFolder)), "%", "%%") + "/" + log
}

// collector is the batch script that collects.
func (u *SlurmSubmission) collector(job SentJob) string {
	return script([]string{"--job-name=" + job.Name, u.output("collect-%j.log"), "--open-mode=append", "--ntasks=1"},
		u.Program, "sweep", "collect", absolute(u.Dir))
}

// script is a batch script with options for sbatch, in which a command takes the
// shell's place.
func script(options []string, command ...string) string {
	var b strings.Builder
	b.WriteString("#!/bin/bash\n")
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		if strings.ContainsAny(value, " \t\"'#") { // which sbatch reads as a shell does
			o = name + `="` + strings.ReplaceAll(value, `"`, `\"`) + `"`
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

// ours are sbatch's options that submit sets, each with what to do instead.
var ours = []struct{ long, short, instead string }{
	{"job-name", "J", "submit knows its jobs by their names, or it would send their runs twice: leave it out"},
	{"array", "a", "submit numbers the tasks: --at-most limits how many run at once"},
	{"dependency", "d", "submit orders its jobs by dependencies: let what must come first end with aeprobe sweep submit"},
}

// CheckSlurmOptions refuses options for sbatch that submit has to set. An option may be
// cut short, as sbatch allows.
func CheckSlurmOptions(options []string) error {
	for _, o := range options {
		long, isLong := strings.CutPrefix(o, "--")
		long, _, _ = strings.Cut(long, "=")
		for _, own := range ours {
			if isLong && len(long) > 1 && strings.HasPrefix(own.long, long) || strings.HasPrefix(o, "-"+own.short) {
				return fmt.Errorf("%s after --: submit sets --%s itself\n%s", o, own.long, own.instead)
			}
		}
	}
	return nil
}
