package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/machine"
	"aeprobe/internal/metrics"
)

// Dir is a run directory being worked on.
type Dir struct {
	Path string
	// Slots is how many stages run at once.
	Slots int
	// MadeWith and Data go into every result.
	MadeWith MadeWith
	Data     DataUsed
	// BaseMemory is what the program takes before any stage runs, in bytes, or
	// 0 if memory is not to be checked.
	BaseMemory float64
	// Forecast is how long the unfinished stages will take; nil if nobody knows.
	Forecast func(unfinished []*Stage) (*machine.Time, error)
	// OnThread runs a stage on an operating-system thread of its own.
	OnThread func(func() error) error
	// Shared is a folder that finished stages are shared in with other runs on the
	// same machinery; empty for none.
	Shared string
	// Events receives progress. Calls never overlap.
	Events func(metrics.Event)
}

// Folder is a stage's folder.
func (d *Dir) Folder(s *Stage) string { return d.Join(s.Name) }

// Join is a path in the run directory.
func (d *Dir) Join(names ...string) string {
	return filepath.Join(append([]string{d.Path}, names...)...)
}

// Done reports whether the stage is finished: made from the same inputs, with
// all its files whole.
func (d *Dir) Done(s *Stage) bool {
	result, err := ReadResult(d.Folder(s))
	return err == nil && result.Fingerprint == s.fingerprint && len(result.missing(d.Folder(s))) == 0
}

// Complete runs a stage that is not done and writes its result.
func (d *Dir) Complete(ctx context.Context, s *Stage) error {
	dir := d.Folder(s)
	old, err := d.makeRoom(s, dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := atomicfile.RemoveTemporaries(dir); err != nil {
		return err
	}
	// A result says that its folder is whole, which it is not from here on.
	for _, name := range []string{ResultFile, FailureFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	markBegun(dir)
	d.Events(metrics.Event{Kind: metrics.StageStarted, Stage: s.Name})
	run := func() (*Result, error) { return s.Run(ctx, s) }
	if err := d.orShared(ctx, s, dir, run, func(result *Result) error { return d.finish(s, dir, old, result) }); err != nil {
		return machine.Explain(err)
	}
	d.Events(metrics.Event{Kind: metrics.StageFinished, Stage: s.Name})
	return nil
}

// finish writes the result of a stage that ran in dir, and removes what only an
// earlier result there had.
func (d *Dir) finish(s *Stage, dir string, old, result *Result) (err error) {
	mixed := result.MadeWith.Mixed
	result.Stage, result.Fingerprint, result.Inputs = s.Name, s.fingerprint, s.inputs
	result.MadeWith, result.Data = d.MadeWith, d.Data
	result.MadeWith.Mixed = mixed
	if result.Files, err = checksums(dir, result.Files); err != nil {
		return err
	}
	if err := old.removeFilesNotIn(result, dir); err != nil {
		return err
	}
	return WriteJSON(filepath.Join(dir, ResultFile), result)
}

// makeRoom sets aside a finished result of other inputs. A training that is only
// to last longer stays and continues; a result of the same inputs that lost
// files stays and is repaired. It returns the result that stays, empty if none
// does.
func (d *Dir) makeRoom(s *Stage, dir string) (*Result, error) {
	old, err := ReadResult(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return new(Result), nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w\nremove %s to make this stage again", err, dir)
	}
	warn := func(format string, args ...any) {
		d.Events(metrics.Event{Kind: metrics.Warning, Stage: s.Name, Message: fmt.Sprintf(format, args...)})
	}
	if old.Fingerprint == s.fingerprint {
		warn("%s; the stage is made again", strings.Join(old.missing(dir), ", "))
		return old, nil
	}
	why, err := fingerprint.Difference(old.Inputs, s.inputs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w\nremove %s to make this stage again", filepath.Join(dir, ResultFile), err, dir)
	}
	switch longer, err := lastsLonger(old, s); {
	case err != nil:
		return nil, err
	case longer:
		warn("%s; the training continues", why)
		return old, nil
	case !s.Keep:
		return old, nil
	}
	kept := filepath.Join("superseded", s.Name+"-"+string(old.Fingerprint[:min(8, len(old.Fingerprint))]))
	if err := os.MkdirAll(filepath.Dir(d.Join(kept)), 0o755); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(d.Join(kept)); err != nil {
		return nil, err
	}
	if err := os.Rename(dir, d.Join(kept)); err != nil {
		return nil, err
	}
	warn("%s; the earlier result is kept in %s", why, kept)
	return new(Result), nil
}

// lastsLonger reports whether s is the training of old for more epochs.
func lastsLonger(old *Result, s *Stage) (bool, error) {
	if old.Training == nil || old.Training.Epochs >= s.Epochs {
		return false, nil
	}
	why, err := fingerprint.TrainingDifference(old.Inputs, s.inputs)
	return why == "", err
}

// startsFresh reports whether what is in the stage's folder will be set aside.
func (d *Dir) startsFresh(s *Stage) bool {
	old, err := ReadResult(d.Folder(s))
	if err != nil || !s.Keep || old.Fingerprint == s.fingerprint {
		return false
	}
	longer, err := lastsLonger(old, s)
	return err == nil && !longer
}
