package main

import (
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"aeprobe/internal/words"
)

// isTerminal reports whether f is a terminal that can overwrite lines.
func isTerminal(f *os.File) bool {
	return os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// barText is a bar of the given width, filled to a fraction from 0 to 1.
func barText(columns int, fraction float64) string {
	filled := int(float64(columns) * min(max(fraction, 0), 1))
	return strings.Repeat("━", filled) + strings.Repeat("─", columns-filled)
}

// short formats a duration: 45s, 12m03s, 1h02m.
func short(d time.Duration) string { return words.Duration(d) }

// An estimate predicts the end of work that was at the fraction from when it
// started or resumed.
type estimate struct {
	begun time.Time
	from  float64
}

// left is the remaining time, given the fraction done at an earlier time; empty
// if it cannot be predicted.
func (e estimate) left(fraction float64, at, now time.Time) string {
	if fraction <= e.from {
		return ""
	}
	left := float64(at.Sub(e.begun)) * (1 - fraction) / (fraction - e.from)
	return short(max(0, time.Duration(left)-now.Sub(at))) + " left"
}

// commandLine quotes arguments for the shell.
func commandLine(args []string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"
	quoted := make([]string, len(args))
	for i, a := range args {
		if a == "" || strings.Trim(a, plain) != "" {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		quoted[i] = a
	}
	return strings.Join(quoted, " ")
}
