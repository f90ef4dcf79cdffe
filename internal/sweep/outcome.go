package sweep

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/lock"
)

// State is where a run is.
type State string

// The states. Of running and untouched runs there is no outcome.
const (
	Done     State = "done"
	Running  State = "running"
	Stopped  State = "stopped"
	Failed   State = "failed"
	Refused  State = "refused"
	NotBegun State = "not begun"
)

// An Outcome is how the last attempt at a run ended: a file beside its folder.
type Outcome struct {
	State State `json:"state"`
	// Fingerprint is the run's.
	Fingerprint string `json:"fingerprint"`
	// Code is the program's exit code, 128 plus the number of a signal that killed it.
	Code int `json:"code"`
	// Message is what it said last, where it is not done.
	Message string `json:"message,omitempty"`
	// Seconds that all attempts took, except killed ones.
	Seconds float64   `json:"seconds"`
	Ended   time.Time `json:"ended"`
	Host    string    `json:"host"`
	Job     string    `json:"job,omitempty"`
}

// stateOf is what an exit code of the program says.
func stateOf(code int) State {
	switch code {
	case 0:
		return Done
	case 2:
		return Refused
	case 130, exitStopped:
		return Stopped
	default:
		return Failed
	}
}

func (s *Sweep) outcomeFile(r Run) string { return s.Folder(r) + ".json" }

// Outcome is how the last attempt at a run ended, nil if none did. One of another
// definition does not count.
func (s *Sweep) Outcome(r Run) (*Outcome, error) {
	text, err := os.ReadFile(s.outcomeFile(r))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var o Outcome
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("%s: %w\nremove it: the next attempt writes it again", s.outcomeFile(r), err)
	}
	if o.Fingerprint != r.Fingerprint {
		return nil, nil
	}
	return &o, nil
}

func (s *Sweep) writeOutcome(r Run, o *Outcome) error {
	o.Fingerprint, o.Ended, o.Job = r.Fingerprint, time.Now().UTC().Truncate(time.Second), lock.Job()
	o.Host, _ = os.Hostname()
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(s.outcomeFile(r), append(text, '\n'))
}
