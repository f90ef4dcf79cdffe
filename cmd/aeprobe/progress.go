package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"aeprobe/experiments"
)

// A progress shows a run's events: as bars on a terminal, as lines elsewhere,
// as JSON where asked for.
type progress struct {
	show  func(experiments.Event)
	close func()
}

func newProgress(asJSON bool) progress {
	switch {
	case asJSON:
		encoder := json.NewEncoder(os.Stdout)
		// A closed pipe has nobody left to tell.
		return progress{show: func(e experiments.Event) { _ = encoder.Encode(e) }, close: func() {}}
	default:
		return progress{show: showLine, close: func() {}}
	}
}

// showLine prints an event for a log: epochs, not the steps between them.
func showLine(e experiments.Event) {
	if e.Kind == experiments.Progressed {
		return
	}
	fmt.Println(time.Now().Format(time.TimeOnly), describe(e))
}

// describe is an event in a line.
func describe(e experiments.Event) string {
	text := fmt.Sprintf("%-24s ", e.Stage)
	switch e.Kind {
	case experiments.EpochEnded:
		text += fmt.Sprintf("epoch %d/%d  loss %.4f", e.Epoch, e.Epochs, e.Loss)
		for _, name := range []string{"bce", "l1", "mse", "accuracy"} {
			if score, measured := e.Scores[name]; measured {
				text += fmt.Sprintf("  test %s %.4f", name, score)
			}
		}
		text += fmt.Sprintf("  %.0f images/s", e.ImagesPerSecond)
	case experiments.StageResumed:
		text += fmt.Sprintf("goes on after epoch %d of %d, step %d", e.Epoch, e.Epochs, e.Step)
	default:
		text += string(e.Kind)
		if e.Message != "" {
			text += ": " + e.Message
		}
	}
	return text
}
