// Package observe looks at run directories from outside: which stages are done,
// which are being made and by whom, how far trainings have come.
//
// The rules: it changes nothing and needs neither the images nor a device. It
// reads what a run writes anyway, so there is nothing that could go stale. What
// the files do not say is left open.
package observe

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
)

// State says how far a stage or a run is.
type State string

// The states of stages and runs. A stage waits while a process holds it that has
// not begun it; a run never waits.
const (
	NotBegun State = "not begun"
	Waiting  State = "waiting"
	Running  State = "running"
	Stopped  State = "stopped"
	Failed   State = "failed"
	Finished State = "finished"
)

// Stage is what there is to see of one stage.
type Stage struct {
	Name  string `json:"stage"`
	State State  `json:"state"`
	// Epoch is how many of Epochs are done; both are 0 for what trains nothing.
	Epoch  int `json:"epoch,omitempty"`
	Epochs int `json:"epochs,omitempty"`
	// Last is the last epoch's line of metrics, nil before there is one.
	Last *metrics.Epoch `json:"last,omitempty"`
	// EpochSeconds is how long the steps of a late epoch take, 0 if unknown.
	EpochSeconds float64 `json:"epoch_seconds,omitempty"`
	// Changed is when the stage last wrote something; zero before it began.
	Changed time.Time `json:"changed,omitzero"`
	// Failure is why it failed.
	Failure string `json:"failure,omitempty"`
}

// Run is what there is to see of a run directory.
type Run struct {
	Dir   string `json:"dir"`
	State State  `json:"state"`
	// Holders are the processes at work, as in "process 17 on HOST".
	Holders []string `json:"holders,omitempty"`
	// Since is when the first of them began.
	Since   time.Time `json:"since,omitzero"`
	Changed time.Time `json:"changed,omitzero"`
	Stages  []Stage   `json:"stages"`
}

// Look sees how far the stages in a run directory are. definitionFile is what a run
// writes first, and resultsFile what it writes last.
func Look(dir, definitionFile, resultsFile string, wanted []*stages.Stage) (*Run, error) {
	holds, err := stages.Holds(dir)
	if err != nil && !errors.Is(err, fs.ErrPermission) { // locks of another user's cannot be tried
		return nil, err
	}
	r := &Run{Dir: dir}
	held := map[string]stages.Hold{}
	for _, h := range holds {
		held[h.Part] = h
		if !slices.Contains(r.Holders, h.Holder) {
			r.Holders = append(r.Holders, h.Holder)
		}
		if r.Since.IsZero() || h.Since.Before(r.Since) {
			r.Since = h.Since
		}
	}
	for _, s := range wanted {
		var since *time.Time
		if h, has := held[s.Name]; has {
			since = &h.Since
		}
		stage, err := lookAt(filepath.Join(dir, s.Name), s, since)
		if err != nil {
			return nil, err
		}
		if stage.Changed.After(r.Changed) {
			r.Changed = stage.Changed
		}
		r.Stages = append(r.Stages, stage)
	}
	written := modified(filepath.Join(dir, resultsFile))
	if written.After(r.Changed) {
		r.Changed = written
	}
	r.State = r.state(len(holds) > 0, !written.IsZero() && !written.Before(modified(filepath.Join(dir, definitionFile))))
	return r, nil
}

// modified is when a file was last written; zero if it cannot be seen.
func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// state follows from the stages, whether anybody holds one, and whether there are
// results of this definition. A run that keeps results only never begins the stages
// that illustrate them.
func (r *Run) state(held, results bool) State {
	switch count := r.Count(); {
	case held:
		return Running
	case count[Failed] > 0:
		return Failed
	case count[NotBegun] == len(r.Stages):
		return NotBegun
	case count[Finished]+count[NotBegun] == len(r.Stages) && results:
		return Finished
	default:
		return Stopped
	}
}

// Count is how many stages are in each state.
func (r *Run) Count() map[State]int {
	count := map[State]int{}
	for _, s := range r.Stages {
		count[s.State]++
	}
	return count
}

// Epochs are those done and those asked for, over all trainings.
func (r *Run) Epochs() (done, all int) {
	for _, s := range r.Stages {
		done, all = done+s.Epoch, all+s.Epochs
	}
	return done, all
}

// lookAt sees how far the stage of a folder is. since is when a process took its
// lock, nil if none has it. A process takes the locks of all that it will make at
// once, and keeps them to its end.
func lookAt(dir string, wanted *stages.Stage, since *time.Time) (Stage, error) {
	s := Stage{Name: wanted.Name, Epochs: wanted.Epochs}
	began := func(at time.Time) bool { return since == nil || !at.Before(*since) }
	if result, err := os.Stat(filepath.Join(dir, stages.ResultFile)); err == nil {
		s.State, s.Epoch, s.Changed = Finished, s.Epochs, result.ModTime()
		if !began(result.ModTime()) { // of other inputs, or it would not be locked
			s.State, s.Epoch = Waiting, 0
		}
		return s, nil
	} else if !isAbsent(err) {
		return s, err
	}
	var err error
	if s.Changed, err = changed(dir); err != nil {
		return s, err
	}
	if s.Epochs > 0 {
		if err := s.readMetrics(dir); err != nil {
			return s, err
		}
	}
	why, at, err := stages.ReadFailure(dir)
	switch {
	case err != nil:
		return s, err
	case why != "" && began(at):
		s.State, s.Failure = Failed, why
	case since != nil && began(s.Changed) && !s.Changed.IsZero():
		s.State = Running
	case since != nil:
		s.State = Waiting
	case !s.Changed.IsZero():
		s.State = Stopped
	default:
		s.State = NotBegun
	}
	return s, nil
}

// changed is when something in a folder last changed; zero if there is none.
func changed(dir string) (latest time.Time, err error) {
	info, err := os.Stat(dir)
	if isAbsent(err) {
		return latest, nil
	}
	if err != nil {
		return latest, err
	}
	latest = info.ModTime()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return latest, err
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().After(latest) { // a file may just have been replaced
			latest = info.ModTime()
		}
	}
	return latest, nil
}

func isAbsent(err error) bool { return errors.Is(err, fs.ErrNotExist) }
