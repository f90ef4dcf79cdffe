package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// This file repaints the last lines of a terminal. The rules:
//
//   - A painted line is never wider than the terminal, so that it takes one row.
//   - Terminals re-wrap what they show when they become narrower. The cursor goes
//     up by the rows that the painted lines take now, not by those they took.
//   - Lines are written over the old ones, and only what is left below them is
//     cleared: terminals keep what is cleared from their top as if it had scrolled.
//   - No more lines are painted than there are rows: those that scroll away could
//     not be repainted.

const (
	cursorUp   = "\x1b[%dA"
	clearLine  = "\x1b[2K" // whole: else it stays one line with the next, if it was wrapped
	clearBelow = "\x1b[J"
)

// A screen is the end of a terminal's output. It is safe for concurrent use.
type screen struct {
	w io.Writer
	// size is that of the terminal, in columns and rows.
	size func() (columns, rows int)

	mu sync.Mutex
	// widths of the painted lines, in columns.
	widths []int
}

// screenSize is assumed where a terminal does not tell its own.
const assumedColumns, assumedRows = 80, 24

func newScreen(f *os.File, w io.Writer) *screen {
	return &screen{w: w, size: func() (columns, rows int) {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err != nil || columns < 1 || rows < 1 {
			return assumedColumns, assumedRows
		}
		return columns, rows
	}}
}

// paint replaces the painted lines by those that draw makes for so many columns,
// the first ones if there are too many.
func (s *screen) paint(draw func(columns, rows int) []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	columns, rows := s.size()
	var out bytes.Buffer
	s.rewind(&out, columns)
	lines := draw(columns, rows)
	for _, line := range lines[:min(len(lines), max(1, rows-1))] {
		line = cutTo(line, columns)
		s.widths = append(s.widths, runewidth.StringWidth(plain(line)))
		out.WriteString(clearLine + line + "\n")
	}
	out.WriteString(clearBelow)
	_, _ = s.w.Write(out.Bytes()) // stdout keeps the error
}

// print writes a line that stays above the painted ones, which the next paint brings
// back.
func (s *screen) print(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	columns, _ := s.size()
	var out bytes.Buffer
	s.rewind(&out, columns)
	out.WriteString(clearLine + line + "\n" + clearBelow)
	_, _ = s.w.Write(out.Bytes())
}

// rewind goes to the beginning of the painted lines.
func (s *screen) rewind(out *bytes.Buffer, columns int) {
	up := 0
	for _, width := range s.widths {
		up += max(1, (width+columns-1)/columns)
	}
	if up > 0 {
		fmt.Fprintf(out, cursorUp, up)
	}
	out.WriteByte('\r')
	s.widths = s.widths[:0]
}

// cutTo cuts a line that is too wide. A line with colours has to fit already.
func cutTo(line string, columns int) string {
	if strings.Contains(line, "\x1b") {
		return line
	}
	return runewidth.Truncate(line, columns, "…")
}

// fitLeft keeps the end of a name: seeds/88/autoencoders/bce becomes …encoders/bce.
func fitLeft(name string, columns int) string {
	if width := runewidth.StringWidth(name); width > columns {
		return runewidth.TruncateLeft(name, width-columns+1, "…")
	}
	return name
}
