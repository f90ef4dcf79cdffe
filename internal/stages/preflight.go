package stages

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
	"aeprobe/internal/words"
)

// This file refuses a run that cannot succeed before it touches anything: for
// folders it may not write to, checkpoints it could not resume from, results of
// other data, and want of disk or memory.

// Preflight checks the unfinished stages and reports what they will take.
func (d *Dir) Preflight(unfinished []*Stage) error {
	if err := d.accept(unfinished); err != nil {
		return err
	}
	return d.checkNeeds(unfinished)
}

// accept refuses stages that could not write to their folders, not resume from
// the checkpoints there, or that would replace results of other data.
func (d *Dir) accept(unfinished []*Stage) error {
	var refusals []error
	for _, s := range unfinished {
		dir := d.Folder(s)
		if err := machine.Writable(dir); err != nil {
			return err
		}
		old, err := ReadResult(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if s.Accept == nil {
				continue
			}
			err = s.Accept(s)
		case err != nil:
			err = fmt.Errorf("%w\nremove %s to make this stage again", err, dir)
		case s.Keep:
			err = d.acceptData(old)
		}
		if err != nil {
			refusals = append(refusals, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	return errors.Join(refusals...)
}

// acceptData refuses to replace a result of another data set. A definition that
// takes another number of the same images may replace it.
func (d *Dir) acceptData(old *Result) error {
	was, is := old.Data, d.Data
	sameSize := was.Train == is.Train && was.Test == is.Test
	if was.Title == is.Title && (was.Fingerprint == is.Fingerprint || !sameSize) {
		return nil
	}
	return fmt.Errorf("the finished result here was made from %s, this run would use %s\n"+
		"pass the data it was made from (--data), or another --out", was, is)
}

// checkNeeds reports what the unfinished stages will take, with a warning if
// that is more than there is. It refuses what is certain to fail for want of
// disk: hours later it could only say the same. Memory that others use now may be
// free by then, so only a stage that takes more than the machine has is refused.
func (d *Dir) checkNeeds(unfinished []*Stage) error {
	if len(unfinished) == 0 {
		return nil
	}
	n, err := d.Needs(unfinished)
	if err != nil {
		return err
	}
	d.Events(metrics.Event{Kind: metrics.RunNeeds, Message: n.String(), Needs: &n})
	if n.LeastDisk > n.FreeDisk {
		return fmt.Errorf("the run needs at least %s of disk, and the disk of %s has %s free\nmake room, or pass another --out",
			words.Bytes(n.LeastDisk), d.Path, words.Bytes(n.FreeDisk))
	}
	for _, s := range unfinished {
		alone := d.BaseMemory + s.Demand.Memory
		if total := machine.TotalMemory("/"); d.BaseMemory > 0 && total > 0 && certainShare*alone > float64(total) {
			return fmt.Errorf("%s needs about %s of memory, and this machine has %s in all\n"+
				"use smaller maps, fewer images or a smaller batch, or a machine with more memory",
				s.Name, words.Bytes(machine.WholeBytes(alone)), words.Bytes(total))
		}
	}
	if shortage := n.Shortage(d.Path); shortage != "" {
		d.Events(metrics.Event{Kind: metrics.Warning, Message: shortage})
	}
	return nil
}

// certainShare of an estimate of memory is certain to be used: estimates run
// high.
const certainShare = 0.6

// Needs estimates what the unfinished stages will take.
func (d *Dir) Needs(unfinished []*Stage) (machine.Needs, error) {
	var least, estimate float64
	var memory []float64
	for _, s := range unfinished {
		l, e := s.Demand.ToWrite(d.Folder(s), d.startsFresh(s))
		least, estimate = least+l, estimate+e
		memory = append(memory, s.Demand.Memory)
	}
	n := machine.Needs{Disk: machine.WholeBytes(estimate), LeastDisk: machine.WholeBytes(least)}
	var err error
	if d.Forecast != nil {
		if n.Time, err = d.Forecast(unfinished); err != nil {
			return n, err
		}
	}
	if n.FreeDisk, err = machine.FreeDisk(d.Path); err != nil {
		return n, err
	}
	if d.BaseMemory == 0 {
		return n, nil
	}
	if n.AvailableMemory = machine.AvailableMemory("/"); n.AvailableMemory == 0 {
		return n, nil
	}
	n.Memory = machine.WholeBytes(d.PeakMemory(memory))
	return n, nil
}

// PeakMemory is what the program takes while those stages run at once that take most,
// in bytes, given what each takes.
func (d *Dir) PeakMemory(memory []float64) float64 {
	slices.Sort(memory)
	peak := d.BaseMemory
	for _, m := range memory[max(0, len(memory)-d.Slots):] {
		peak += m
	}
	return peak
}
