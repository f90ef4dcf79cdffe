package sweep

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// This file asks Slurm what it allows and what it still has.

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
	sent := map[int][]int{} // the runs of each submission
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
		of, has := sent[number]
		if !has {
			if of, err = parseNumbers(submissions[i].Runs, len(u.Runs)); err != nil {
				return nil, err
			}
			sent[number] = of
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
