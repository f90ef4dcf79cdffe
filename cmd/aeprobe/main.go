// Command aeprobe asks what an auto-encoder's features know about classes they
// were never told.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"aeprobe/config"
)

// Exit codes, beside 0 for success.
const (
	exitFailed     = 1   // something went wrong
	exitUsage      = 2   // unknown command, flag or argument; a definition that is refused
	exitInterrupt  = 130 // ended by Ctrl-C, everything done so far is kept
	exitTerminated = 143 // ended by SIGTERM, the same
)

func main() { os.Exit(execute(os.Args[1:])) }

func execute(args []string) int {
	ctx, stop := interruptible(context.Background())
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var received signalError
	if errors.As(context.Cause(ctx), &received) && errors.Is(err, context.Canceled) {
		if received.signal == syscall.SIGTERM {
			return exitTerminated
		}
		return exitInterrupt
	}
	fmt.Fprintln(os.Stderr, "aeprobe:", err)
	var usage *usageError
	var definition *config.Error
	if errors.As(err, &usage) || errors.As(err, &definition) {
		return exitUsage
	}
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "aeprobe",
		Short: "What do an auto-encoder's features know about classes they were never told?",
		Long: `aeprobe trains convolutional auto-encoders on images, freezes or fine-tunes
their encoders under a linear classifier, and reports what the features know
about classes they were never told.

Exit codes: 0 done, 1 failed, 2 wrong usage or a definition that is refused,
130 interrupted (Ctrl-C) and 143 terminated: what is done is kept then, and the
same command goes on from there.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return &usageError{c, err} })
	root.AddCommand(newRun())
	return root
}

// usageError says that a command was called wrongly.
type usageError struct {
	command *cobra.Command
	err     error
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v\nsee %s --help", e.err, e.command.CommandPath())
}

func (e *usageError) Unwrap() error { return e.err }

// arguments makes a wrong number of arguments a usage error.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return &usageError{c, err}
		}
		return nil
	}
}

// signalError is why a context ended.
type signalError struct{ signal os.Signal }

func (e signalError) Error() string { return e.signal.String() }

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
