package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"aeprobe/internal/metrics"
	"aeprobe/internal/words"
)

// A stageBar is one line: name, bar, epoch, loss, rate, time left.
type stageBar struct {
	bar   *mpb.Bar
	begun time.Time
	// estimate starts where this process started or resumed the stage.
	estimate estimate
	// latest is the event that the line shows; nil before the first one.
	latest atomic.Pointer[moment]
	// ended is the last epoch's event, for the result.
	ended *metrics.Event
}

// moment is an event, its time, and the estimate it belongs to.
type moment struct {
	metrics.Event
	at       time.Time
	estimate estimate
}

const (
	nameColumns = 22 // as in the lines of finished stages
	longestBar  = 40 // columns
	// roomForWords is the number of columns after the name that the longer
	// words need.
	roomForWords = 76
)

func newStageBar(container *mpb.Progress, name string) *stageBar {
	s := &stageBar{begun: time.Now()}
	s.estimate = estimate{begun: s.begun}
	s.bar = addBar(container, s.fill,
		mpb.PrependDecorators(decor.Name(runewidth.Truncate(name, 30, "…"), decor.WC{W: nameColumns, C: decor.DSyncWidthR})),
		mpb.AppendDecorators(decor.Any(s.text)))
	return s
}

func (s *stageBar) update(e metrics.Event) {
	switch e.Kind {
	case metrics.StageResumed:
		s.estimate = estimate{begun: time.Now(), from: fraction(e)}
	case metrics.EpochEnded:
		s.ended = &e
	}
	s.latest.Store(&moment{e, time.Now(), s.estimate})
}

// fraction is the share of the whole training that is done, 0 to 1.
func fraction(e metrics.Event) float64 {
	done := float64(e.Epoch)
	if e.Kind == metrics.Progressed {
		done-- // it counts the current epoch
	}
	if e.Steps > 0 {
		done += float64(e.Step) / float64(e.Steps)
	}
	return done / float64(max(e.Epochs, 1))
}

// fill draws no bar while the amount of work is unknown.
func (s *stageBar) fill(w io.Writer, room decor.Statistics) error {
	e := s.latest.Load()
	if e == nil {
		return nil
	}
	_, err := io.WriteString(w, barText(min(room.AvailableWidth, longestBar), fraction(e.Event)))
	return err
}

// text is the text to the right of the bar.
func (s *stageBar) text(room decor.Statistics) string {
	e := s.latest.Load()
	if e == nil {
		return short(time.Since(s.begun))
	}
	epoch, rate := "", "img/s"
	if room.AvailableWidth >= roomForWords {
		epoch, rate = "epoch ", "images/s"
	}
	digits := len(fmt.Sprint(e.Epochs))
	text := fmt.Sprintf("%s%*d/%d", epoch, digits, e.Epoch, e.Epochs)
	if e.Kind == metrics.StageResumed {
		return text
	}
	return text + fmt.Sprintf("  loss %.4f  %6.0f %s  %11s", e.Loss, e.ImagesPerSecond, rate, e.estimate.left(fraction(e.Event), e.at, time.Now()))
}

// result is the line for a finished stage.
func (s *stageBar) result(name string) string {
	if s.ended == nil {
		return fmt.Sprintf("%-*s %s", nameColumns, name, short(time.Since(s.begun)))
	}
	trained := time.Duration(s.ended.Seconds * float64(time.Second))
	return fmt.Sprintf("%-*s %s, %s%s", nameColumns, name, words.Count(s.ended.Epochs, "epoch"), short(trained), measured(s.ended.Scores))
}
