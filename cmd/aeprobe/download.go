package main

import (
	"fmt"
	"os"
	"time"
)

// A download shows its progress on stderr: as a bar on a terminal, as a line
// every 10 % elsewhere. It shows nothing before the first bytes.
type download struct {
	show  func(done, total int64) // bytes
	close func()
}

func newDownload() download {
	if isTerminal(os.Stderr) {
		b := &downloadBar{}
		return download{b.show, b.close}
	}
	tenths := int64(0)
	return download{close: func() {}, show: func(done, total int64) {
		if now := done * 10 / max(total, 1); now > tenths {
			tenths = now
			fmt.Fprintf(os.Stderr, "downloaded %d %%, %s\n", now*10, megabytes(done, total))
		}
	}}
}

func megabytes(done, total int64) string {
	return fmt.Sprintf("%.1f of %.1f MB", float64(done)/1e6, float64(total)/1e6)
}

// downloadBar is a bar that appears with the first bytes.
type downloadBar struct {
	screen   *screen
	estimate estimate
	first    int64     // bytes of an earlier download
	painted  time.Time // when last
}

func (b *downloadBar) show(done, total int64) {
	now, fraction := time.Now(), float64(done)/float64(max(total, 1))
	if b.screen == nil {
		b.screen = newScreen(os.Stderr, os.Stderr)
		b.first, b.estimate = done, estimate{begun: now, from: fraction}
	}
	if now.Sub(b.painted) < frame && done < total {
		return
	}
	b.painted = now
	seconds := max(now.Sub(b.estimate.begun).Seconds(), 0.001)
	parts := []string{megabytes(done, total), b.estimate.left(fraction, now, now), fmt.Sprintf("%5.1f MB/s", float64(done-b.first)/1e6/seconds)}
	b.screen.paint(func(columns, _ int) []string { return []string{progressLine(columns, "downloading", fraction, parts)} })
}

func (b *downloadBar) close() {
	if b.screen != nil {
		b.screen.paint(func(int, int) []string { return nil })
	}
}
