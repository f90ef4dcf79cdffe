package stages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"aeprobe/internal/metrics"
)

// errSkipped says that a stage did not run because one that it needs failed.
var errSkipped = errors.New("skipped")

// Run runs the stages that are not done, as many at once as there are slots. A
// free slot goes to the first of stages that has all it needs. When a stage
// fails, those that need it are skipped and the others still run.
func (d *Dir) Run(ctx context.Context, stages []*Stage) error {
	type outcome struct {
		stage *Stage
		err   error
	}
	outcomes := make(chan outcome)
	ended := map[*Stage]error{}
	waiting := slices.Clone(stages)
	running := 0
	for len(waiting) > 0 || running > 0 {
		if i := slices.IndexFunc(waiting, func(s *Stage) bool { return ready(s, ended) }); i >= 0 && running < d.Slots {
			s := waiting[i]
			waiting = slices.Delete(waiting, i, i+1)
			running++
			failed := failedNeed(s, ended)
			go func() { outcomes <- outcome{s, d.runStage(ctx, s, failed)} }()
			continue
		}
		o := <-outcomes
		running--
		ended[o.stage] = o.err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var failures []error
	for _, s := range stages {
		if err := ended[s]; err != nil && !errors.Is(err, errSkipped) {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// ready reports whether all that s needs has ended, well or not.
func ready(s *Stage, ended map[*Stage]error) bool {
	return !slices.ContainsFunc(s.Needs, func(need *Stage) bool {
		_, has := ended[need]
		return !has
	})
}

// failedNeed is a stage that s needs and that failed, or nil.
func failedNeed(s *Stage, ended map[*Stage]error) *Stage {
	for _, need := range s.Needs {
		if ended[need] != nil {
			return need
		}
	}
	return nil
}

// runStage completes s, unless it is done. The calling goroutine must end after
// it, with the thread that OnThread pinned.
func (d *Dir) runStage(ctx context.Context, s *Stage, failed *Stage) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed != nil:
		d.Events(metrics.Event{Kind: metrics.StageSkipped, Stage: s.Name, Message: failed.Name + " failed"})
		return errSkipped
	case d.Done(s):
		d.Events(metrics.Event{Kind: metrics.StageUpToDate, Stage: s.Name})
		return nil
	}
	err := d.OnThread(func() error { return d.Complete(ctx, s) })
	if err == nil {
		return nil
	}
	if !errors.Is(err, ctx.Err()) {
		d.noteFailure(s, err)
		d.Events(metrics.Event{Kind: metrics.StageFailed, Stage: s.Name, Message: err.Error()})
	}
	return fmt.Errorf("%s: %w", s.Name, err)
}

// Serial makes f safe to call from several goroutines; a nil f hears nothing.
func Serial(f func(metrics.Event)) func(metrics.Event) {
	if f == nil {
		return func(metrics.Event) {}
	}
	var one sync.Mutex
	return func(e metrics.Event) {
		one.Lock()
		defer one.Unlock()
		f(e)
	}
}
