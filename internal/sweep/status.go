package sweep

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"aeprobe/internal/lock"
	"aeprobe/internal/stages"
)

// A RunStatus is where one run is.
type RunStatus struct {
	Run
	State State
	// Holder is the process that works on a running run, and its job.
	Holder string
	// Outcome of the last attempt, nil if there was none.
	Outcome *Outcome
}

// Status is where a sweep is, from its folders alone.
type Status struct {
	Runs   []RunStatus
	Counts map[State]int
	// MeanSeconds is what a done run took, 0 if none is done.
	MeanSeconds float64
}

// Status reads where every run is. It changes nothing, and may run at any time.
func (s *Sweep) Status() (*Status, error) {
	all := &Status{Counts: map[State]int{}}
	there := map[string]map[string]bool{}
	var seconds float64
	for _, r := range s.Runs {
		shard := filepath.Dir(s.Folder(r))
		if there[shard] == nil {
			names, err := namesIn(shard)
			if err != nil {
				return nil, err
			}
			there[shard] = names
		}
		one, err := s.statusOf(r, there[shard])
		if err != nil {
			return nil, err
		}
		all.Counts[one.State]++
		if one.State == Done {
			seconds += one.Outcome.Seconds
		}
		all.Runs = append(all.Runs, one)
	}
	if n := all.Counts[Done]; n > 0 {
		all.MeanSeconds = seconds / float64(n)
	}
	return all, nil
}

// statusOf is where a run is, in a folder that holds what there says.
func (s *Sweep) statusOf(r Run, there map[string]bool) (one RunStatus, err error) {
	one = RunStatus{Run: r, State: NotBegun}
	name := filepath.Base(r.Folder)
	if there[name+".json"] {
		if one.Outcome, err = s.Outcome(r); err != nil {
			return one, err
		}
	}
	if one.Outcome != nil && one.Outcome.State == Done {
		one.State = Done
		return one, nil
	}
	if there[name+".lock"] {
		if one.Holder, err = lock.Holder(s.lockFile(r)); err != nil {
			return one, err
		}
	}
	if there[name] && one.Holder == "" { // somebody may have run it directly
		holders, err := stages.Holders(s.Folder(r))
		if err != nil {
			return one, err
		}
		if len(holders) > 0 {
			one.Holder, _, _ = strings.Cut(holders[0], " works on ")
		}
	}
	if there[name] && one.Holder == "" { // it may have ended since the outcome was looked for
		if one.Outcome, err = s.Outcome(r); err != nil {
			return one, err
		}
	}
	switch {
	case one.Holder != "":
		one.State = Running
	case one.Outcome != nil:
		one.State = one.Outcome.State
	case there[name]: // killed
		one.State = Stopped
	}
	return one, nil
}

func namesIn(dir string) (map[string]bool, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	return names, nil
}

// Unfinished are the numbers of the runs that are worth sending: neither done nor
// refused, nor running.
func (a *Status) Unfinished() []int {
	var numbers []int
	for _, r := range a.Runs {
		if !slices.Contains([]State{Done, Refused, Running}, r.State) {
			numbers = append(numbers, r.Number)
		}
	}
	return numbers
}

// Left is how long the unfinished runs will take at so many side by side, 0 if
// nothing is known.
func (a *Status) Left(sideBySide int) time.Duration {
	left := len(a.Runs) - a.Counts[Done] - a.Counts[Refused]
	return time.Duration(float64(left) * a.MeanSeconds / float64(max(1, sideBySide)) * float64(time.Second))
}
