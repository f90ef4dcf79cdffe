package train

import "testing"

func TestPartsOfABatch(t *testing.T) {
	for _, c := range []struct {
		flops                   float64
		examples, threads, want int
	}{
		{0, 128, 8, 1},          // a frozen classifier
		{8.5e6, 16, 1, 1},       //
		{8.5e6, 16, 2, 2},       // the report's auto-encoder
		{8.5e6, 16, 16, 3},      //
		{8.5e6, 128, 16, 16},    //
		{8.5e6, 5, 2, 1},        // the last batch of an epoch
		{1e9, 3, 16, 3},         // no part without an example
		{smallestPart, 1, 2, 1}, //
	} {
		task := &Task{FLOPs: c.flops}
		if got := task.parts(c.examples, c.threads); got != c.want {
			t.Errorf("%g operations for each of %d examples on %d threads: %d parts, want %d", c.flops, c.examples, c.threads, got, c.want)
		}
	}
}

func TestABatchThatMustStayWholeIsNotSplit(t *testing.T) {
	task := &Task{FLOPs: 1e9, Whole: true}
	if got := task.parts(128, 16); got != 1 {
		t.Errorf("%d parts", got)
	}
}
