package sweep

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// indexes are the variables in which engines tell a task its number, and what the
// first one is.
var indexes = []struct {
	name  string
	first int
}{
	{"SLURM_ARRAY_TASK_ID", 0},
	{"JOB_COMPLETION_INDEX", 0}, // Kubernetes
	{"PBS_ARRAY_INDEX", 0},
	{"AWS_BATCH_JOB_ARRAY_INDEX", 0},
	{"SGE_TASK_ID", 1},
}

// A Part is which of a sweep's runs a task takes.
type Part struct {
	// Task is I/N, the I-th of N parts of equal length, I from 1; empty for the
	// number that an engine gives.
	Task string
	// Runs are numbers and ranges, such as 0-3,7, that the task is a part of; empty for
	// all. They exclude Submission.
	Runs string
	// Pack is how many runs a number of an engine stands for.
	Pack int
	// Submission, from 1, numbers its tasks from Offset on; 0 for the whole sweep.
	Submission, Offset int
}

// Index is the number that an engine gave this task, from 0; has is false without
// an engine.
func Index() (index int, has bool, err error) {
	from := ""
	for _, v := range indexes {
		text := os.Getenv(v.name)
		if text == "" || text == "undefined" { // as SGE says it outside of arrays
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < v.first {
			return 0, false, fmt.Errorf("%s is %q, expected a number from %d on", v.name, text, v.first)
		}
		if has {
			return 0, false, fmt.Errorf("both %s and %s are set\nsay which part to run with --task I/N", from, v.name)
		}
		index, has, from = n-v.first, true, v.name
	}
	return index, has, nil
}

// Of are the runs that a task takes, with their overrides.
func (p Part) Of(s *Sweep) ([]Run, error) {
	switch {
	case p.Pack < 0:
		return nil, fmt.Errorf("--pack %d: expected 1 or more", p.Pack)
	case p.Submission < 0:
		return nil, fmt.Errorf("--submission %d: submissions count from 1", p.Submission)
	case p.Offset < 0:
		return nil, fmt.Errorf("--offset %d: tasks count from 0", p.Offset)
	case p.Submission > 0 && p.Runs != "":
		return nil, errors.New("--submission and --runs exclude one another")
	}
	runs, err := p.whole(s)
	if err != nil {
		return nil, err
	}
	if runs, err = p.of(runs); err != nil {
		return nil, err
	}
	return runs, s.decode(runs)
}

// whole are the runs that p is a part of.
func (p Part) whole(s *Sweep) ([]Run, error) {
	text := p.Runs
	if p.Submission > 0 {
		submissions, err := s.Submissions()
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(submissions, func(sub Submission) bool { return sub.Number == p.Submission })
		if i < 0 {
			return nil, fmt.Errorf("%s has no submission %d\nleave --submission out for a part of the whole sweep, or send what is missing with aeprobe sweep submit",
				s.Join(SubmittedFile), p.Submission)
		}
		text = submissions[i].Runs
	}
	if text == "" {
		return s.Runs, nil
	}
	numbers, err := parseNumbers(text, len(s.Runs))
	var runs []Run
	for _, n := range numbers {
		runs = append(runs, s.Runs[n])
	}
	return runs, err
}

// of are those of runs that p is.
func (p Part) of(runs []Run) ([]Run, error) {
	if p.Task != "" {
		return ofTask(runs, p.Task)
	}
	index, has, err := Index()
	if err != nil || !has {
		return runs, err
	}
	pack := max(1, p.Pack)
	first := (p.Offset + index) * pack
	if first < 0 || first >= len(runs) {
		return nil, fmt.Errorf("task %d begins with run %d, but there are %d\nnumber the tasks from 0 to %d", index, first, len(runs), (len(runs)+pack-1)/pack-1)
	}
	return runs[first:min(first+pack, len(runs))], nil
}

// ofTask is the I-th of N parts.
func ofTask(runs []Run, task string) ([]Run, error) {
	first, second, found := strings.Cut(task, "/")
	i, err1 := strconv.Atoi(first)
	n, err2 := strconv.Atoi(second)
	if !found || err1 != nil || err2 != nil || i < 1 || i > n {
		return nil, fmt.Errorf("--task %s: expected I/N with I from 1 to N", task)
	}
	return runs[len(runs)*(i-1)/n : len(runs)*i/n], nil
}

// formatNumbers writes ascending numbers in short: 0-3,7.
func formatNumbers(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, strconv.Itoa(numbers[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", numbers[i], numbers[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// parseNumbers reads what formatNumbers wrote; each number is less than n.
func parseNumbers(text string, n int) ([]int, error) {
	var numbers []int
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(first)
		b := a
		if isRange && err == nil {
			b, err = strconv.Atoi(last)
		}
		if err != nil || a > b || b >= n || a < 0 {
			return nil, fmt.Errorf("%q names no runs from 0 to %d: expected numbers and ranges such as 0-3,7", text, n-1)
		}
		for ; a <= b; a++ {
			numbers = append(numbers, a)
		}
	}
	return numbers, nil
}
