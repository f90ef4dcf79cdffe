package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"aeprobe/internal/metrics"
)

// A progress shows a run's events: as bars on a terminal, as lines elsewhere, or
// as JSON.
type progress struct {
	show  func(metrics.Event)
	close func()
}

func newProgress(ctx context.Context, asJSON bool) progress {
	switch {
	case asJSON:
		encoder := json.NewEncoder(stdout)
		return progress{close: func() {}, show: func(e metrics.Event) {
			_ = encoder.Encode(e) // stdout keeps the error
			if isWarningOfRun(e) {
				warn(e)
			}
		}}
	case isTerminal(os.Stdout):
		b := newBars(ctx, newScreen(console, stdout))
		return progress{show: b.show, close: b.close}
	default:
		return progress{show: showLine, close: func() {}}
	}
}

// showLine prints an event for a log: epochs, but no steps, and not each of very many.
func showLine(e metrics.Event) {
	if isWarningOfRun(e) {
		warn(e)
	} else if e.Kind != metrics.Progressed && !isOneOfMany(e) {
		fmt.Fprintln(stdout, time.Now().Format(time.TimeOnly), describe(e))
	}
}

// manyEpochs is from how many epochs on a log leaves most of them out, and
// logEvery how many there are to a line.
const (
	manyEpochs = 200
	logEvery   = 100
)

// isOneOfMany reports whether e is an epoch that a log can do without: one of many,
// without a test.
func isOneOfMany(e metrics.Event) bool {
	return e.Kind == metrics.EpochEnded && e.Epochs > manyEpochs && len(e.Scores) == 0 && e.Epoch%logEvery != 0 && e.Epoch != e.Epochs
}

// isWarningOfRun reports whether e is a warning about the run as a whole, which
// must reach users who read no log.
func isWarningOfRun(e metrics.Event) bool {
	return e.Kind == metrics.Warning && e.Stage == ""
}

func warn(e metrics.Event) { fmt.Fprintln(os.Stderr, "aeprobe: warning:", e.Message) }

// describe puts an event on one line.
func describe(e metrics.Event) string {
	name := e.Stage
	if name == "" {
		name = "run"
	}
	text := fmt.Sprintf("%-*s ", nameColumns, name)
	switch e.Kind {
	case metrics.EpochEnded:
		text += fmt.Sprintf("epoch %d/%d  loss %.4f%s  %.0f images/s", e.Epoch, e.Epochs, e.Loss, measured(e.Scores), e.ImagesPerSecond)
	case metrics.StageResumed:
		text += fmt.Sprintf("resumed after epoch %d of %d, step %d", e.Epoch, e.Epochs, e.Step)
	default:
		text += string(e.Kind)
		if e.Message != "" {
			message, _, _ := strings.Cut(e.Message, "\n")
			text += ": " + message
		}
	}
	return text
}

// measured lists the scores of a test.
func measured(scores metrics.Scores) string {
	var text []string
	for _, s := range []struct{ name, format string }{
		{"bce", "BCE %.4f"}, {"l1", "L1 %.4f"}, {"mse", "MSE %.4f"}, {"accuracy", "accuracy %.2f %%"},
	} {
		if score, has := scores[s.name]; has {
			text = append(text, fmt.Sprintf(s.format, score))
		}
	}
	if len(text) == 0 {
		return ""
	}
	return "  test " + strings.Join(text, " ")
}
