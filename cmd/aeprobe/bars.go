package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"aeprobe/internal/metrics"
)

// bars show a run on a terminal: a bar for each running stage, below a line for
// each finished one.
type bars struct {
	container *mpb.Progress
	status    *mpb.Bar
	running   map[string]*stageBar
}

func newBars(ctx context.Context) *bars {
	b := &bars{container: mpb.New(), running: map[string]*stageBar{}}
	begun := time.Now()
	b.status = addBar(b.container, func(w io.Writer, s decor.Statistics) error {
		text := short(time.Since(begun)) + " elapsed; Ctrl-C saves and stops"
		if ctx.Err() != nil {
			text = "saving checkpoints; Ctrl-C again ends at once"
		}
		_, err := io.WriteString(w, runewidth.Truncate(text, s.AvailableWidth, "…"))
		return err
	}, mpb.BarFillerTrim(), mpb.BarPriority(math.MaxInt))
	return b
}

// addBar adds a bar that fill draws until it is aborted.
func addBar(container *mpb.Progress, fill mpb.BarFillerFunc, options ...mpb.BarOption) *mpb.Bar {
	bar, _ := container.Add(0, fill, options...) // fails only after container.Wait
	return bar
}

// show must not be called concurrently.
func (b *bars) show(e metrics.Event) {
	s := b.running[e.Stage]
	switch e.Kind {
	case metrics.StageStarted:
		b.running[e.Stage] = newStageBar(b.container, e.Stage)
	case metrics.StageResumed, metrics.Progressed, metrics.EpochEnded:
		if s != nil {
			s.update(e)
		}
		if e.Kind == metrics.StageResumed {
			b.line(describe(e))
		}
	case metrics.StageFinished:
		b.line(s.result(e.Stage))
	default:
		b.line(describe(e))
	}
	if ended := e.Kind == metrics.StageFinished || e.Kind == metrics.StageFailed; ended && s != nil {
		s.bar.Abort(true)
		delete(b.running, e.Stage)
	}
}

// line prints a line above the bars.
func (b *bars) line(text string) { fmt.Fprintln(b.container, text) }

// close removes the bars; the lines stay.
func (b *bars) close() {
	for _, s := range b.running {
		s.bar.Abort(true)
	}
	b.status.Abort(true)
	b.container.Wait()
}
