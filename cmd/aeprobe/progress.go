package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"aeprobe/experiments"
)

// A progress shows a run's events: as bars on a terminal, as lines elsewhere,
// as JSON where asked for.
type progress struct {
	show  func(experiments.Event)
	close func()
}

func newProgress(ctx context.Context, asJSON bool) progress {
	switch {
	case asJSON:
		encoder := json.NewEncoder(os.Stdout)
		// What cannot be written has nobody left to read it.
		return progress{show: func(e experiments.Event) { _ = encoder.Encode(e) }, close: func() {}}
	case isTerminal(os.Stdout):
		b := newBars(ctx)
		return progress{show: b.show, close: b.close}
	default:
		return progress{show: showLine, close: func() {}}
	}
}

// showLine prints an event for a log: epochs, not the steps between them.
func showLine(e experiments.Event) {
	if e.Kind != experiments.Progressed {
		fmt.Println(time.Now().Format(time.TimeOnly), describe(e))
	}
}

// describe is an event in a line.
func describe(e experiments.Event) string {
	text := fmt.Sprintf("%-*s ", nameColumns, e.Stage)
	switch e.Kind {
	case experiments.EpochEnded:
		text += fmt.Sprintf("epoch %d/%d  loss %.4f%s  %.0f images/s", e.Epoch, e.Epochs, e.Loss, measured(e.Scores), e.ImagesPerSecond)
	case experiments.StageResumed:
		text += fmt.Sprintf("goes on after epoch %d of %d, step %d", e.Epoch, e.Epochs, e.Step)
	default:
		text += string(e.Kind)
		if e.Message != "" {
			message, _, _ := strings.Cut(e.Message, "\n")
			text += ": " + message
		}
	}
	return text
}

// measured is what a test came to.
func measured(scores experiments.Scores) string {
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
