package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
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
	container   *mpb.Progress
	bar         *mpb.Bar
	estimate    estimate
	first       int64 // bytes of an earlier download
	done, total atomic.Int64
}

func (b *downloadBar) show(done, total int64) {
	b.done.Store(done)
	b.total.Store(total)
	if b.container != nil {
		return
	}
	b.first, b.estimate = done, estimate{begun: time.Now(), from: b.fraction()}
	b.container = mpb.New(mpb.WithOutput(os.Stderr))
	b.bar = addBar(b.container, b.fill, mpb.PrependDecorators(decor.Name("downloading")),
		mpb.AppendDecorators(decor.Any(b.text)))
}

func (b *downloadBar) close() {
	if b.container != nil {
		b.bar.Abort(true)
		b.container.Wait()
	}
}

func (b *downloadBar) fraction() float64 {
	return float64(b.done.Load()) / float64(max(b.total.Load(), 1))
}

func (b *downloadBar) fill(w io.Writer, room decor.Statistics) error {
	_, err := io.WriteString(w, barText(min(room.AvailableWidth, longestBar), b.fraction()))
	return err
}

func (b *downloadBar) text(decor.Statistics) string {
	seconds := max(time.Since(b.estimate.begun).Seconds(), 0.001)
	return fmt.Sprintf("%s  %5.1f MB/s  %s", megabytes(b.done.Load(), b.total.Load()),
		float64(b.done.Load()-b.first)/1e6/seconds, b.estimate.left(b.fraction(), time.Now(), time.Now()))
}
