package sweep

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSubmissionsSurviveACutLine cuts the file off in the middle of its last line,
// at every byte.
func TestSubmissionsSurviveACutLine(t *testing.T) {
	s := &Sweep{Dir: t.TempDir()}
	for _, entry := range []any{
		Submission{Number: 1, Engine: "slurm", Runs: "0-12", Pack: 1},
		SentJob{Submission: 1, ID: "7", Name: "aeprobe-x-1-0", Tasks: 11},
		SentJob{Submission: 1, ID: "8", Name: "aeprobe-x-1-11", Offset: 11, Tasks: 2},
	} {
		if err := s.record(entry); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := s.Submissions()
	if err != nil || len(whole) != 1 || len(whole[0].Jobs) != 2 || whole[0].Jobs[1].ID != "8" {
		t.Fatalf("%+v, %v", whole, err)
	}
	text, err := os.ReadFile(s.Join(SubmittedFile))
	if err != nil {
		t.Fatal(err)
	}
	last := len(text) - len(`{"submission":1,"job":"8","name":"aeprobe-x-1-11","offset":11,"tasks":2}`) - 1
	for cut := last; cut < len(text)-1; cut++ {
		cutOff := &Sweep{Dir: t.TempDir()}
		if err := os.WriteFile(filepath.Join(cutOff.Dir, SubmittedFile), text[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		some, err := cutOff.Submissions()
		if err != nil || len(some) != 1 || len(some[0].Jobs) != 1 && cut < len(text)-1-1 {
			t.Fatalf("cut at byte %d: %+v, %v", cut, some, err)
		}
		if err := cutOff.record(whole[0].Jobs[1]); err != nil {
			t.Fatal(err)
		}
		mended, err := cutOff.Submissions()
		if diff := cmp.Diff(whole, mended); err != nil || diff != "" {
			t.Fatalf("cut at byte %d, then written again: %v\n%s", cut, err, diff)
		}
	}
}
