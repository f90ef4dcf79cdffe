package main

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// This file makes lost output an error. The rules are:
//
//   - Everything a command prints goes to stdout, never to os.Stdout.
//   - A failed write does not stop a command: a training continues although
//     nobody can read about it.
//   - But the program then exits with 1 and an error on stderr.
//
// A reader that closes a pipe, such as head, ends the program by SIGPIPE.

// stdout is what commands print to.
var stdout = &output{w: os.Stdout}

// console is where stdout leads, to ask whether it is a terminal, and how wide.
var console = os.Stdout

// output remembers the first write that failed. It is safe for concurrent use.
type output struct {
	w   io.Writer
	mu  sync.Mutex
	err error
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.w.Write(p)
	if err == nil {
		return n, nil
	}
	if o.err == nil {
		o.err = &lostOutputError{err}
	}
	return n, o.err
}

// lost is the first error, or nil if everything was written.
func (o *output) lost() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// lostOutputError is a failed write to stdout.
type lostOutputError struct{ err error }

func (e *lostOutputError) Error() string {
	return fmt.Sprintf("output is lost: %v\nmake room, or send stdout elsewhere; files that the command wrote are complete", e.err)
}

func (e *lostOutputError) Unwrap() error { return e.err }
