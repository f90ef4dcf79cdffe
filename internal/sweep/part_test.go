package sweep

import (
	"slices"
	"strings"
	"testing"
)

// clearIndexes removes what an engine around the tests says.
func clearIndexes(t *testing.T) {
	t.Helper()
	for _, v := range indexes {
		t.Setenv(v.name, "")
	}
}

func sweepOf(n int) *Sweep {
	s := &Sweep{}
	for i := range n {
		s.Runs = append(s.Runs, newRun(i, Overrides{}, ""))
	}
	return s
}

func numbersOf(runs []Run) (numbers []int) {
	for _, r := range runs {
		numbers = append(numbers, r.Number)
	}
	return numbers
}

func TestPartsOfEveryEngine(t *testing.T) {
	for _, c := range []struct {
		variable, index string
		part            Part
		want            []int
	}{
		{"", "", Part{}, []int{0, 1, 2, 3, 4, 5, 6}},
		{"SLURM_ARRAY_TASK_ID", "2", Part{}, []int{2}},
		{"SLURM_ARRAY_TASK_ID", "2", Part{Pack: 3}, []int{6}},
		{"JOB_COMPLETION_INDEX", "0", Part{Pack: 3}, []int{0, 1, 2}},
		{"PBS_ARRAY_INDEX", "1", Part{Pack: 2}, []int{2, 3}},
		{"AWS_BATCH_JOB_ARRAY_INDEX", "6", Part{}, []int{6}},
		{"SGE_TASK_ID", "1", Part{}, []int{0}},
		{"SGE_TASK_ID", "undefined", Part{}, []int{0, 1, 2, 3, 4, 5, 6}},
		{"SLURM_ARRAY_TASK_ID", "1", Part{Offset: 1, Pack: 2}, []int{4, 5}},
		{"SLURM_ARRAY_TASK_ID", "9", Part{Task: "2/3"}, []int{2, 3}},
		{"", "", Part{Task: "3/3"}, []int{4, 5, 6}},
		{"", "", Part{Runs: "1,4-6"}, []int{1, 4, 5, 6}},
		{"SLURM_ARRAY_TASK_ID", "1", Part{Runs: "1,4-6", Pack: 3}, []int{6}},
	} {
		clearIndexes(t)
		if c.variable != "" {
			t.Setenv(c.variable, c.index)
		}
		runs, err := c.part.Of(sweepOf(7))
		if err != nil || !slices.Equal(numbersOf(runs), c.want) {
			t.Errorf("%s=%s, %+v: %v, %v; want %v", c.variable, c.index, c.part, numbersOf(runs), err, c.want)
		}
	}
}

func TestPartsThatAreNone(t *testing.T) {
	clearIndexes(t)
	for _, task := range []string{"0/3", "4/3", "2", "a/b", "1/0"} {
		if _, err := (Part{Task: task}).Of(sweepOf(7)); err == nil || !strings.Contains(err.Error(), "expected I/N") {
			t.Errorf("--task %s: %v", task, err)
		}
	}
	for want, p := range map[string]Part{"--pack -1": {Pack: -1}, "--submission -1": {Submission: -1}, "--offset -1": {Offset: -1},
		"send what is missing with aeprobe sweep submit": {Submission: 1}, "exclude one another": {Submission: 1, Runs: "0"}, "names no runs": {Runs: "7"}} {
		if _, err := p.Of(sweepOf(7)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", p, err, want)
		}
	}
	t.Setenv("SLURM_ARRAY_TASK_ID", "7")
	if _, err := (Part{}).Of(sweepOf(7)); err == nil || !strings.Contains(err.Error(), "number the tasks from 0 to 6") {
		t.Errorf("a task too many: %v", err)
	}
	t.Setenv("JOB_COMPLETION_INDEX", "1")
	if _, err := (Part{}).Of(sweepOf(7)); err == nil || !strings.Contains(err.Error(), "both SLURM_ARRAY_TASK_ID and JOB_COMPLETION_INDEX") {
		t.Errorf("two engines: %v", err)
	}
	clearIndexes(t)
	t.Setenv("SGE_TASK_ID", "0")
	if _, err := (Part{}).Of(sweepOf(7)); err == nil || !strings.Contains(err.Error(), "expected a number from 1 on") {
		t.Errorf("SGE's task 0: %v", err)
	}
}

func TestNumbersInShort(t *testing.T) {
	numbers := []int{0, 1, 2, 3, 7, 9, 10}
	text := formatNumbers(numbers)
	if text != "0-3,7,9-10" {
		t.Errorf("%v is written as %q", numbers, text)
	}
	if back, err := parseNumbers(text, 11); err != nil || !slices.Equal(back, numbers) {
		t.Errorf("%q is read as %v, %v", text, back, err)
	}
	for _, wrong := range []string{"", "a", "3-1", "0-11", "-1", "1,,2"} {
		if numbers, err := parseNumbers(wrong, 11); err == nil {
			t.Errorf("%q is read as %v", wrong, numbers)
		}
	}
}
