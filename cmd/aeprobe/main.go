// Command aeprobe measures what an auto-encoder's features know about classes
// that it never saw.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aeprobe/config"
	"aeprobe/internal/stages"
)

// Exit codes besides 0 for success and 128 plus a signal's number.
const (
	exitFailed = 1
	exitUsage  = 2 // unknown command, flag or argument; a rejected definition
)

func main() {
	// Images make up nearly all of Go's heap, and by default the collector lets
	// the heap double.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(3)
	}
	os.Exit(execute(os.Args[1:]))
}

func execute(args []string) int {
	ctx := interruptible(context.Background())
	root := newRoot()
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	if received, ok := errors.AsType[signalError](context.Cause(ctx)); ok && errors.Is(err, context.Canceled) {
		return received.exitCode()
	}
	if stopped, is := errors.AsType[signalError](err); is { // those that this process waited for
		return stopped.exitCode()
	}
	if lost := stdout.lost(); lost != nil && !errors.Is(err, lost) {
		err = errors.Join(err, lost)
	}
	if err == nil {
		return 0
	}
	return fail(command, err)
}

// fail prints an error and returns its exit code.
func fail(command *cobra.Command, err error) int {
	if problems, ok := errors.AsType[*config.Error](err); ok {
		fmt.Fprintln(os.Stderr, "aeprobe:", refusal(problems))
		return exitUsage
	}
	err = withPermissionRemedy(err)
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

// refusal starts each problem on a line of its own, with file:line first.
func refusal(problems *config.Error) string {
	if len(problems.Problems) == 1 {
		return problems.Error()
	}
	return fmt.Sprintf("the definition has %d problems\n%v", len(problems.Problems), problems)
}

// withPermissionRemedy adds a remedy to an error about permissions that has
// none.
func withPermissionRemedy(err error) error {
	if errors.Is(err, fs.ErrPermission) && !strings.Contains(err.Error(), "\n") {
		return fmt.Errorf("%w\ncheck the permissions of that file and of the folders above it, or ask its owner", err)
	}
	return err
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "aeprobe COMMAND",
		Short: "What do an auto-encoder's features know about classes they were never told?",
		Long: `aeprobe trains convolutional auto-encoders on images, freezes or fine-tunes
their encoders under a linear classifier, and reports what the features know
about classes they were never told.

A run takes a definition (a YAML file, or a built-in one) and a directory, which
"aeprobe run" brings up to date.

Settings
  --device, --threads and --data can be set once and for all: by the variables
  AEPROBE_DEVICE, AEPROBE_THREADS and AEPROBE_DATA, or in the user's file,
  ~/.config/aeprobe/config.yaml (AEPROBE_CONFIG names another):

    device: cuda:1
    threads: 8
    definition:             # fields of every definition that sets no others
      checkpoint: {steps: 500}

  Fields of definitions have variables, too, such as AEPROBE_TRAIN_EPOCHS. Flags
  come first, then variables, the definition, the user's file, the defaults;
  "aeprobe definitions --resolved NAME" shows where each value comes from.
  NO_COLOR turns colours off.

Exit codes
  0    done
  1    failed
  2    wrong usage, or a rejected definition
  130  stopped by SIGINT (Ctrl-C)
  143  stopped by SIGTERM, SIGUSR1 or SIGHUP

Stopped by a signal, a run has saved its trainings: run the same command again
to resume.`,
		Example: `  aeprobe doctor                  check this machine
  aeprobe run quick               train and test in minutes
  aeprobe show runs/quick         print its tables again
  aeprobe verify runs/quick       recompute them from its weights and data
  aeprobe definitions --print report > mine.yaml`,
		Args:              subcommand,
		PersistentPreRunE: prepare,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
	}
	root.SuggestionsMinimumDistance = 2
	root.SetOut(stdout)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(newRun(), newWatch(), newRuns(), newShow(), newDiff(), newPlot(), newEval(), newImport(), newExport(), newVerify(), newSweep(), newBench(), newDefinitions(), newData(), newDoctor(), newVersion())
	completions(root)
	return root
}

// usageError is wrong usage of a command.
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

// prepare checks a command line before its command runs, and completes it.
func prepare(c *cobra.Command, args []string) error {
	if c.Name() == cobra.ShellCompRequestCmd || c.Name() == cobra.ShellCompNoDescRequestCmd {
		return nil // what is to be completed may be empty
	}
	if err := refuseEmpty(c, args); err != nil {
		return err
	}
	return applySettings(c)
}

// refuseEmpty refuses arguments and flags that are empty strings, which are
// most likely unset shell variables. They must not count as left out.
func refuseEmpty(c *cobra.Command, args []string) error {
	for _, arg := range args {
		if arg == "" {
			return &usageError{errors.New("an argument is empty: is a shell variable unset?")}
		}
	}
	var err error
	c.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.String() == "" {
			err = &usageError{fmt.Errorf("--%s is empty: is a shell variable unset?", f.Name)}
		}
	})
	return err
}

// subcommand refuses an argument that is not the name of a command.
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
