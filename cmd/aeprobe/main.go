// Command aeprobe asks what an auto-encoder's features know about classes they
// were never told.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/config"
	"aeprobe/internal/stages"
)

// Exit codes, beside 0 for success.
const (
	exitFailed     = 1   // something went wrong
	exitUsage      = 2   // unknown command, flag or argument; a definition that is refused
	exitInterrupt  = 130 // ended by Ctrl-C, everything done so far is kept
	exitTerminated = 143 // ended by SIGTERM, the same
)

func main() {
	// The images are nearly all of Go's heap, and garbage may be a share of it:
	// by default as much again.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(3)
	}
	os.Exit(execute(os.Args[1:]))
}

func execute(args []string) int {
	ctx, stop := interruptible(context.Background())
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	if received, ok := errors.AsType[signalError](context.Cause(ctx)); ok && errors.Is(err, context.Canceled) {
		return received.exitCode()
	}
	if problems, ok := errors.AsType[*config.Error](err); ok {
		fmt.Fprintln(os.Stderr, "aeprobe:", refusal(problems))
		return exitUsage
	}
	fmt.Fprintln(os.Stderr, "aeprobe:", err)
	if _, ok := errors.AsType[*stages.UnknownStageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		if !strings.Contains(err.Error(), "\n") {
			fmt.Fprintf(os.Stderr, "see %s --help\n", command.CommandPath())
		}
		return exitUsage
	}
	return exitFailed
}

// refusal keeps file:line at the beginning of a line where there are several.
func refusal(problems *config.Error) string {
	if len(problems.Problems) == 1 {
		return problems.Error()
	}
	return fmt.Sprintf("the definition has %d problems\n%v", len(problems.Problems), problems)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "aeprobe",
		Short: "What do an auto-encoder's features know about classes they were never told?",
		Long: `aeprobe trains convolutional auto-encoders on images, freezes or fine-tunes
their encoders under a linear classifier, and reports what the features know
about classes they were never told.

A report is one definition, a YAML file or a built-in, and one folder, which
"aeprobe run" brings up to date.

Exit codes
  0    done
  1    failed
  2    wrong usage, or a definition that is refused
  130  interrupted by Ctrl-C: what is done is kept, the same command goes on
  143  terminated by SIGTERM, the same`,
		Example: `  aeprobe doctor                  is everything here that is needed?
  aeprobe run quick               the report in minutes
  aeprobe show runs/quick         its tables again
  aeprobe verify runs/quick       do they follow from its weights and data?
  aeprobe definitions --print report > mine.yaml`,
		Args:          subcommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(newRun(), newShow(), newPlot(), newEval(), newVerify(), newBench(), newDefinitions(), newData(), newDoctor(), newVersion())
	return root
}

// usageError says that a command was called wrongly.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// arguments makes a wrong number of arguments a usage error.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return &usageError{fmt.Errorf("%w\nusage: %s", err, c.UseLine())}
		}
		return nil
	}
}

// subcommand refuses what is not the name of a command of c.
func subcommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("there is no command %q", args[0])
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w\ndid you mean %s?", err, strings.Join(near, " or "))
	}
	return &usageError{err}
}
