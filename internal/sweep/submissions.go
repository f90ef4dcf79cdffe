package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// SubmittedFile has a line for every submission and one for every job that it sent.
// The rule: a submission is on the disk before its first job is sent, so that a
// task always finds its runs. A job that was sent but not written down is found by
// its name.
const SubmittedFile = "submitted.jsonl"

// A Submission is what was sent to an engine at once.
type Submission struct {
	// Number counts from 1.
	Number int       `json:"submission"`
	Engine string    `json:"engine,omitempty"`
	When   time.Time `json:"when,omitzero"`
	// Runs are numbers and ranges: 0-3,7. A task takes Pack of them.
	Runs string `json:"runs,omitempty"`
	Pack int    `json:"pack,omitempty"`
	// Jobs are those of its lines.
	Jobs []SentJob `json:"-"`
}

// A SentJob is an array of tasks, or the collecting job.
type SentJob struct {
	Submission int    `json:"submission"`
	ID         string `json:"job"`
	Name       string `json:"name"`
	// Offset and Tasks say which tasks of the submission are in the array.
	Offset int `json:"offset,omitempty"`
	Tasks  int `json:"tasks,omitempty"`
}

// Submissions are all so far, oldest first.
func (s *Sweep) Submissions() ([]Submission, error) {
	text, err := os.ReadFile(s.Join(SubmittedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Submission
	lines := bytes.Split(text, []byte("\n"))
	for i, line := range lines {
		if len(line) == 0 {
			continue
		}
		var sub Submission
		var job SentJob
		if err := errors.Join(json.Unmarshal(line, &sub), json.Unmarshal(line, &job)); err != nil {
			if i == len(lines)-1 {
				break // cut off while it was written
			}
			return nil, fmt.Errorf("%s:%d: %w", s.Join(SubmittedFile), i+1, err)
		}
		if job.ID == "" {
			all = append(all, sub)
		} else if n := len(all); n > 0 && all[n-1].Number == job.Submission {
			all[n-1].Jobs = append(all[n-1].Jobs, job)
		}
	}
	return all, nil
}

// record appends a line to SubmittedFile.
func (s *Sweep) record(entry any) (err error) {
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.Join(SubmittedFile), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := cutOff(f); err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// cutOff removes the beginning of a line that a killed process left.
func cutOff(f *os.File) error {
	text, err := os.ReadFile(f.Name())
	if err != nil || len(text) == 0 || text[len(text)-1] == '\n' {
		return err
	}
	return f.Truncate(int64(bytes.LastIndexByte(text, '\n') + 1))
}
