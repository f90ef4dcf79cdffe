package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// This file decides what signals do. The rules are:
//
//   - The first SIGINT, SIGTERM, SIGHUP or SIGUSR1 ends the context: a run saves
//     its trainings and stops. The exit code is 130 after SIGINT and 143 after
//     the others, which all mean the same to a scheduler: resume later.
//   - Later ones are ignored. Schedulers signal every process of a job, and
//     wrappers forward what they get, so a second signal must not cut off the
//     save that the first began. Whoever cannot wait sends SIGKILL, which leaves
//     the checkpoint before.
//   - Only Ctrl-C ends the program at once, when pressed a second time at least
//     a second after the first signal, or a third time.
//   - A SIGHUP that was ignored when the program started (nohup) stays ignored.

// patience is how soon a second Ctrl-C may be an accident.
const patience = time.Second

// signalError is the cause of a context that a signal ended.
type signalError struct{ signal syscall.Signal }

func (e signalError) Error() string { return "stopped by " + unix.SignalName(e.signal) }

// Is makes the cause of the context equivalent to its error.
func (e signalError) Is(target error) bool { return target == context.Canceled }

func (e signalError) exitCode() int {
	if e.signal == syscall.SIGINT {
		return 130
	}
	return 143
}

// interruptible returns a context that the first signal ends. Signals are
// handled until the program exits.
func interruptible(parent context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	handled := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1}
	if !signal.Ignored(syscall.SIGHUP) {
		handled = append(handled, syscall.SIGHUP)
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, handled...)
	go func() {
		var before history
		for s := range signals {
			first, atOnce := before.add(s, time.Now(), inForeground)
			if first {
				cancel(signalError{s.(syscall.Signal)})
			}
			if atOnce {
				signal.Reset(syscall.SIGINT)
				_ = syscall.Kill(os.Getpid(), syscall.SIGINT) // a process may always signal itself
			}
		}
	}()
	return ctx
}

// history is what a process has received so far.
type history struct {
	first      time.Time
	interrupts int
}

// add reports whether a signal is the first, and whether it ends the program at
// once.
func (h *history) add(s os.Signal, now time.Time, foreground func() bool) (first, atOnce bool) {
	if s == syscall.SIGINT {
		h.interrupts++
	}
	if h.first.IsZero() {
		h.first = now
		return true, false
	}
	again := now.Sub(h.first) >= patience || h.interrupts >= 3
	return false, s == syscall.SIGINT && again && foreground()
}

// inForeground reports whether the program has the foreground of a terminal, so
// that a SIGINT is most likely a Ctrl-C. Jobs of a scheduler have no terminal.
func inForeground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
