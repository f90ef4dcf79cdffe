package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// signalError is why a context ended.
type signalError struct{ signal os.Signal }

func (e signalError) Error() string {
	if e.signal == syscall.SIGTERM {
		return "terminated"
	}
	return "interrupted"
}

// Is makes what returns the context's cause like what returns its error.
func (e signalError) Is(target error) bool { return target == context.Canceled }

func (e signalError) exitCode() int {
	if e.signal == syscall.SIGTERM {
		return exitTerminated
	}
	return exitInterrupt
}

// interruptible ends the context at the first SIGINT or SIGTERM; the second
// ends the program at once.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(signalError{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}
