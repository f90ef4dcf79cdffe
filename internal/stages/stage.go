package stages

import (
	"context"
	"encoding/json"
	"fmt"

	"aeprobe/internal/fingerprint"
	"aeprobe/internal/machine"
)

// A Stage is one part of a run. It has a folder of its name in the run
// directory. A function that is nil is a capability that the stage does not
// have.
type Stage struct {
	Name string
	// Needs are the stages whose results this one reads.
	Needs []*Stage
	// Inputs are all that decides the result, a struct with yaml tags; the
	// fingerprints of Needs are among them.
	Inputs any
	// Keep tells that a finished result of other inputs is set aside, not
	// overwritten: it may have cost hours.
	Keep bool
	// Share tells that other runs may take the finished stage: nothing in its folder
	// depends on more than its fingerprint and name.
	Share bool
	// Wants are files that a folder taken from another run must have, though its
	// fingerprint does not say so.
	Wants []string
	// Epochs that a training lasts, 0 for other stages.
	Epochs int
	// Demand is what the stage takes of the machine.
	Demand machine.Demand

	// Run does the work in the stage's folder, which exists.
	Run func(context.Context, *Stage) (*Result, error)
	// Accept refuses a folder without a result that Run could not continue
	// from. It reads only.
	Accept func(*Stage) error
	// Verify recomputes what a result and its folder say, where that takes no
	// training, and reports each comparison.
	Verify func(context.Context, *Stage, *Result, func(Check)) error

	inputs      json.RawMessage
	fingerprint fingerprint.Sum
}

// Seal computes the fingerprint from Inputs, which must not change afterwards.
// Every stage is sealed before those that need it.
func (s *Stage) Seal() error {
	inputs, err := fingerprint.Canonical(s.Inputs)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	s.inputs, s.fingerprint = inputs, fingerprint.Of(inputs)
	return nil
}

// Fingerprint stands for all that decides the result.
func (s *Stage) Fingerprint() fingerprint.Sum { return s.fingerprint }

// CanonicalInputs are Inputs as canonical JSON.
func (s *Stage) CanonicalInputs() json.RawMessage { return s.inputs }

// Closure is the stages named and all that they need, in the order of all. It
// fails if there is no stage of a name.
func Closure(all []*Stage, names ...string) ([]*Stage, error) {
	byName := map[string]*Stage{}
	for _, s := range all {
		byName[s.Name] = s
	}
	wanted := map[*Stage]bool{}
	var want func(*Stage)
	want = func(s *Stage) {
		wanted[s] = true
		for _, n := range s.Needs {
			want(n)
		}
	}
	for _, name := range names {
		s, known := byName[name]
		if !known {
			unknown := &UnknownStageError{Name: name}
			for _, s := range all {
				unknown.Known = append(unknown.Known, s.Name)
			}
			return nil, unknown
		}
		want(s)
	}
	var closure []*Stage
	for _, s := range all {
		if wanted[s] {
			closure = append(closure, s)
		}
	}
	return closure, nil
}
