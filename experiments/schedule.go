package experiments

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"aeprobe/internal/torch"
)

// errSkipped says that a stage was not run because one that it needs failed.
var errSkipped = errors.New("skipped")

// runStages runs what is not done, side by side in as many slots as there are.
// A free slot goes to the first of stages that has all it needs. When a stage
// fails, those that need it are skipped and the others still run.
func (r *run) runStages(ctx context.Context, stages []*stage) error {
	type outcome struct {
		stage *stage
		err   error
	}
	outcomes := make(chan outcome)
	ended := map[*stage]error{}
	waiting := slices.Clone(stages)
	running := 0
	for len(waiting) > 0 || running > 0 {
		if i := slices.IndexFunc(waiting, func(s *stage) bool { return ready(s, ended) }); i >= 0 && running < r.slots {
			s := waiting[i]
			waiting = slices.Delete(waiting, i, i+1)
			running++
			failed := failedNeed(s, ended)
			go func() { outcomes <- outcome{s, r.runStage(ctx, s, failed)} }()
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
func ready(s *stage, ended map[*stage]error) bool {
	return !slices.ContainsFunc(s.needs, func(need *stage) bool {
		_, has := ended[need]
		return !has
	})
}

// failedNeed is a stage that s needs and that failed, or nil.
func failedNeed(s *stage, ended map[*stage]error) *stage {
	for _, need := range s.needs {
		if ended[need] != nil {
			return need
		}
	}
	return nil
}

// runStage completes s, unless it is done, on a thread of its own: the calling
// goroutine must end after it.
func (r *run) runStage(ctx context.Context, s *stage, failed *stage) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed != nil:
		r.events(Event{Kind: StageSkipped, Stage: s.name, Message: failed.name + " failed"})
		return errSkipped
	case r.done(s):
		r.events(Event{Kind: StageUpToDate, Stage: s.name})
		return nil
	}
	// Not unpinned, the thread ends with this goroutine.
	if _, err := torch.Pin(); err != nil {
		return err
	}
	defer torch.GiveMemoryBack()
	err := torch.OnOwnStream(r.device, func() error { return r.complete(ctx, s) })
	if err == nil {
		return nil
	}
	if !errors.Is(err, ctx.Err()) {
		r.events(Event{Kind: StageFailed, Stage: s.name, Message: err.Error()})
	}
	return fmt.Errorf("%s: %w", s.name, err)
}

// serial makes f safe to call from several goroutines; a nil f hears nothing.
func serial(f func(Event)) func(Event) {
	if f == nil {
		return func(Event) {}
	}
	var one sync.Mutex
	return func(e Event) {
		one.Lock()
		defer one.Unlock()
		f(e)
	}
}
