package main

import (
	"os"
	"regexp"
)

// This file colours words on a terminal. The rule: never where NO_COLOR is set, to
// whatever value (no-color.org), and never in a file or a pipe.

// A painter colours text; nil leaves it as it is.
type painter func(code, text string) string

const (
	bold  = "1"
	faint = "2"
	red   = "31"
	green = "32"
	amber = "33"
	blue  = "34"
)

// colours is for what is written to a file.
func colours(f *os.File) painter {
	if !isTerminal(f) || os.Getenv("NO_COLOR") != "" {
		return nil
	}
	return func(code, text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }
}

func (p painter) paint(code, text string) string {
	if p == nil || text == "" {
		return text
	}
	return p(code, text)
}

var colourCodes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// plain is text without its colours.
func plain(text string) string { return colourCodes.ReplaceAllString(text, "") }
