package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"aeprobe/internal/metrics"
)

// bars show a run on a terminal: a bar for each running stage, below a line for
// each finished one.
type bars struct {
	screen *screen
	begun  time.Time
	ctx    context.Context // tells that a signal was received
	stop   chan struct{}
	done   sync.WaitGroup

	mu      sync.Mutex
	running []*stageBar // in the order in which they began
}

// frame is the time between two paintings.
const frame = 200 * time.Millisecond

func newBars(ctx context.Context, s *screen) *bars {
	b := &bars{screen: s, begun: time.Now(), ctx: ctx, stop: make(chan struct{})}
	b.done.Go(func() {
		tick := time.NewTicker(frame)
		defer tick.Stop()
		for {
			select {
			case <-b.stop:
				return
			case <-tick.C:
				b.screen.paint(b.draw)
			}
		}
	})
	return b
}

// draw makes the lines of the running stages, and one about the run.
func (b *bars) draw(columns, rows int) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	var lines []string
	for _, s := range b.running {
		if len(lines) == rows-3 && len(b.running) > rows-2 {
			break // the last line has to stay in sight
		}
		lines = append(lines, s.line(columns, now))
	}
	text := short(now.Sub(b.begun)) + " elapsed; Ctrl-C saves and stops"
	if b.ctx.Err() != nil {
		text = "saving checkpoints; Ctrl-C again ends at once"
	}
	return append(lines, text)
}

func (b *bars) show(e metrics.Event) {
	switch e.Kind {
	case metrics.StageStarted:
		b.mu.Lock()
		b.running = append(b.running, newStageBar(e.Stage))
		b.mu.Unlock()
	case metrics.Progressed, metrics.EpochEnded, metrics.StageResumed:
		b.update(e)
		if e.Kind == metrics.StageResumed {
			b.screen.print(describe(e))
		}
	case metrics.StageFinished:
		if s := b.remove(e.Stage); s != nil {
			b.screen.print(s.result())
		}
	default:
		if e.Kind == metrics.StageFailed {
			b.remove(e.Stage)
		}
		b.screen.print(describe(e))
	}
}

func (b *bars) update(e metrics.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.running {
		if s.name == e.Stage {
			s.update(e)
		}
	}
}

// remove takes a stage away that has ended, and returns it.
func (b *bars) remove(stage string) *stageBar {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.running, func(s *stageBar) bool { return s.name == stage })
	if i < 0 {
		return nil
	}
	s := b.running[i]
	b.running = slices.Delete(b.running, i, i+1)
	return s
}

// close removes the bars; the lines stay.
func (b *bars) close() {
	close(b.stop)
	b.done.Wait()
	b.screen.paint(func(int, int) []string { return nil })
}
