package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"aeprobe/internal/metrics"
	"aeprobe/internal/words"
)

// A stageBar is one line: name, bar, epoch, loss, rate, time left.
type stageBar struct {
	name  string
	begun time.Time
	// estimate starts where this process started or resumed the stage.
	estimate estimate
	// latest is the event that the line shows, and at its time; nil before the
	// first one.
	latest *metrics.Event
	at     time.Time
	// ended is the last epoch's event, for the result.
	ended *metrics.Event
}

const (
	nameColumns = 22 // as in the lines of finished stages
	longestBar  = 40 // columns
	shortestBar = 5
	// beforeBar is how many parts of a line matter more than its bar.
	beforeBar = 3
)

func newStageBar(name string) *stageBar {
	now := time.Now()
	return &stageBar{name: name, begun: now, estimate: estimate{begun: now}}
}

func (s *stageBar) update(e metrics.Event) {
	s.at = time.Now()
	switch e.Kind {
	case metrics.StageResumed:
		s.estimate = estimate{begun: s.at, from: fraction(e)}
	case metrics.EpochEnded:
		s.ended = &e
	}
	s.latest = &e
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

// line is the stage in so many columns.
func (s *stageBar) line(columns int, now time.Time) string {
	e := s.latest
	if e == nil {
		return progressLine(columns, s.name, -1, []string{short(now.Sub(s.begun))})
	}
	parts := []string{epochText(e.Epoch, e.Epochs)}
	if e.Kind != metrics.StageResumed {
		parts = append(parts, s.estimate.left(fraction(*e), s.at, now), fmt.Sprintf("loss %.4f", e.Loss),
			fmt.Sprintf("%6.0f images/s", e.ImagesPerSecond))
	}
	return progressLine(columns, s.name, fraction(*e), parts)
}

// epochText is "  7/100".
func epochText(epoch, epochs int) string {
	return fmt.Sprintf("%*d/%d", len(fmt.Sprint(epochs)), epoch, epochs)
}

// progressLine is a line about a stage: its name, a bar that is filled to a
// fraction, unless that is negative, and what is known of it, by importance. What
// there is no room for is left out: the parts after the third, the bar, the others.
func progressLine(columns int, name string, fraction float64, parts []string) string {
	const gap = 2
	shownName := fitLeft(name, max(8, min(nameColumns+8, columns*2/5)))
	width := max(min(nameColumns, columns*2/5), runewidth.StringWidth(shownName))
	room := columns - width - gap
	var text string
	for i, part := range parts {
		if part == "" {
			continue
		}
		longer := part
		if text != "" {
			longer = text + strings.Repeat(" ", gap) + part
		}
		needs := runewidth.StringWidth(longer)
		if i >= beforeBar && fraction >= 0 {
			needs += gap + shortestBar
		}
		if i > 0 && needs > room {
			break
		}
		text = longer
	}
	line := runewidth.FillRight(shownName, width) + strings.Repeat(" ", gap)
	if bar := min(longestBar, room-runewidth.StringWidth(text)-gap); fraction >= 0 && bar >= shortestBar {
		line += barText(bar, fraction) + strings.Repeat(" ", gap)
	}
	return cutTo(strings.TrimRight(line+text, " "), columns)
}

// result is the line for a finished stage.
func (s *stageBar) result() string {
	if s.ended == nil {
		return fmt.Sprintf("%-*s %s", nameColumns, s.name, short(time.Since(s.begun)))
	}
	trained := time.Duration(s.ended.Seconds * float64(time.Second))
	return fmt.Sprintf("%-*s %s, %s%s", nameColumns, s.name, words.Count(s.ended.Epochs, "epoch"), short(trained), measured(s.ended.Scores))
}
