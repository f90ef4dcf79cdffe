package main

import (
	"fmt"
	"os"
	"time"
)

// A decoding shows how far the images of a folder are decoded: on stderr, in one
// line that changes on a terminal, in a line every 10 % elsewhere. It shows
// nothing of what takes less than half a second.
type decoding struct {
	terminal bool
	begun    time.Time
	shown    time.Time
	tenths   int
}

func newDecoding() *decoding { return &decoding{terminal: isTerminal(os.Stderr)} }

// count hears of done images of total.
func (d *decoding) count(done, total int) {
	now := time.Now()
	if d.begun.IsZero() {
		d.begun = now
	}
	seconds := now.Sub(d.begun).Seconds()
	if seconds < 0.5 {
		return
	}
	text := fmt.Sprintf("decoded %d of %d images, %.0f/s", done, total, float64(done)/seconds)
	if d.terminal {
		if done == total || now.Sub(d.shown) > 100*time.Millisecond {
			fmt.Fprintf(os.Stderr, "\r\033[K%s", text)
			d.shown = now
		}
		return
	}
	if tenths := 10 * done / max(total, 1); tenths > d.tenths {
		d.tenths = tenths
		fmt.Fprintln(os.Stderr, text)
	}
}

func (d *decoding) close() {
	if !d.shown.IsZero() {
		fmt.Fprintln(os.Stderr)
	}
}
