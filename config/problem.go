package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a definition.
type Problem struct {
	// File is the path as it was given, a built-in's name, or --set.
	File string
	// Line and Column count from 1; both are 0 for a flag and for a file that
	// cannot be read.
	Line, Column int
	// Key is the path from the root, as in autoencoders.bce.epochs; empty for a
	// problem of the whole file.
	Key string
	// Message says what was expected and what was found.
	Message string
	// Hint is the remedy; empty where it is obvious.
	Hint string
}

// String returns the problem on one line and its hint, if any, on a second.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	switch {
	case p.Key != "" && p.File == flagName:
		b.WriteString(" " + p.Key)
	case p.Key != "":
		b.WriteString(": " + p.Key)
	}
	b.WriteString(": " + p.Message)
	if p.Hint != "" {
		b.WriteString("\n  " + p.Hint)
	}
	return b.String()
}

// Error is all problems of a definition, sorted by file and line.
type Error struct {
	Problems []Problem
}

// maxShown is the number of problems that Error lists.
const maxShown = 50

// Error lists the problems, one or two lines each.
func (e *Error) Error() string {
	var lines []string
	for _, p := range e.Problems[:min(len(e.Problems), maxShown)] {
		lines = append(lines, p.String())
	}
	if more := len(e.Problems) - maxShown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// newError sorts the problems and drops duplicates; nil if there are none.
func newError(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Key, b.Key),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return &Error{Problems: slices.Compact(problems)}
}
