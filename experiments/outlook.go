package experiments

import (
	"errors"
	"fmt"

	"aeprobe/config"
	"aeprobe/internal/machine"
	"aeprobe/internal/stages"
	"aeprobe/internal/train"
	"aeprobe/vision"
)

// Outlook is what a run would do.
type Outlook struct {
	Stages []Prospect `json:"stages"`
	// Needs are zero where nothing is left to do.
	Needs machine.Needs `json:"needs"`
	// Slots is how many stages run at once.
	Slots int `json:"slots"`
	// Refused is why the run would not start; nil if it would.
	Refused error `json:"-"`
}

// Prospect is what a run would do with one stage.
type Prospect struct {
	Stage string `json:"stage"`
	Done  bool   `json:"done"`
	// Why says why it will run; empty for one that is done.
	Why string `json:"why,omitempty"`
	// Epoch is how many of Epochs are done.
	Epoch  int `json:"epoch,omitempty"`
	Epochs int `json:"epochs,omitempty"`
	// Seconds it will take, and how that is known: measured, estimated or unknown.
	Seconds float64 `json:"seconds,omitempty"`
	Known   string  `json:"known,omitempty"`
	// Memory and Disk are in bytes, estimates.
	Memory int64 `json:"memory,omitempty"`
	Disk   int64 `json:"disk,omitempty"`
}

// Foresee says what Run would do. It changes nothing.
func Foresee(definition *config.Definition, data *vision.Dataset, o Options) (*Outlook, error) {
	return newSetup(definition, data, o).foresee(o.Only)
}

func (s *setup) foresee(only string) (*Outlook, error) {
	wanted, err := s.wanted(only)
	if err != nil {
		return nil, err
	}
	outlook := &Outlook{Slots: s.dir.Slots}
	var unfinished []*stages.Stage
	for _, stage := range wanted {
		p := Prospect{Stage: stage.Name, Done: s.dir.Done(stage), Epochs: stage.Epochs}
		if p.Done {
			p.Epoch = stage.Epochs
		} else {
			unfinished = append(unfinished, stage)
			if err := s.look(stage, &p); err != nil {
				return nil, err
			}
			if err := s.dir.Refused(stage); err != nil {
				outlook.Refused = errors.Join(outlook.Refused, err)
			}
		}
		outlook.Stages = append(outlook.Stages, p)
	}
	if len(unfinished) > 0 {
		outlook.Needs, err = s.dir.Needs(unfinished)
	}
	return outlook, err
}

// look fills in what is left to do of an unfinished stage.
func (s *setup) look(stage *stages.Stage, p *Prospect) (err error) {
	if p.Why, err = s.dir.Why(stage); err != nil {
		return err
	}
	if stage.Epochs > 0 {
		var step int
		if p.Epoch, step = train.Reached(s.dir.Folder(stage)); p.Epoch+step > 0 && p.Why == stages.NotMade {
			p.Why = fmt.Sprintf("resumes after epoch %d, step %d", p.Epoch, step)
		}
	}
	seconds, basis, err := s.stageSeconds(stage)
	if err != nil {
		return err
	}
	p.Seconds, p.Known = seconds, basis.String()
	_, disk := stage.Demand.ToWrite(s.dir.Folder(stage), false)
	p.Disk = machine.WholeBytes(disk)
	p.Memory = machine.WholeBytes(stage.Demand.Memory)
	return nil
}

func (b forecastBasis) String() string {
	return [...]string{unknownTime: "unknown", estimatedTime: "estimated", measuredTime: "measured"}[b]
}
