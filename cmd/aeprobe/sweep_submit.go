package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/internal/sweep"
)

type sweepSubmitOptions struct {
	engine, requeue string
	image, volume   string
	pack, atMost    int
	print           bool
}

const slurm = "slurm"

func newSweepSubmit() *cobra.Command {
	var o sweepSubmitOptions
	c := &cobra.Command{
		Use:   "submit DIR --engine ENGINE [-- SBATCH OPTIONS]",
		Short: "Send what is not done to a cluster",
		Long: `Submit sends the runs of a sweep that are neither done, refused, running nor
queued to Slurm: arrays of as many tasks as the site allows, and a job that
collects after them, however they end. It says what it did. Run again, after
failures or for new runs, it sends what is missing. What follows -- goes to
sbatch as it is, after submit's own options; names of jobs, arrays and
dependencies are submit's. With --print it prints a shell script that sends the
same; submit keeps no record of those jobs.

Tasks stop, save and are requeued when their time limit nears; --requeue=off is
for those who leave that to something else. A preempted task, or one whose node
dies, is requeued by Slurm. Each goes on where it was, with the same bits.

For kubernetes, parallel, condor and skypilot, --print prints what to give to
them. It asks for the whole sweep; runs that are done take a task a moment.`,
		Example: `  aeprobe sweep submit sweeps/g --engine slurm --pack 8 --at-most 64 -- --partition=gpu --gres=gpu:1 -t 2:00:00
  aeprobe sweep submit sweeps/g --engine slurm --print
  aeprobe sweep submit sweeps/g --engine kubernetes --print --image REGISTRY/aeprobe --volume sweeps | kubectl apply -f -`,
		Args: func(c *cobra.Command, args []string) error {
			if dash := c.ArgsLenAtDash(); dash >= 0 {
				args = args[:dash]
			}
			return arguments(cobra.ExactArgs(1))(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error { return runSweepSubmit(c.Context(), o, args[0], args[1:]) },
	}
	f := c.Flags()
	f.StringVar(&o.engine, "engine", "", "`engine`: slurm, "+strings.Join(sweep.Engines(), ", "))
	f.IntVar(&o.pack, "pack", 1, "how many `runs` a task takes")
	f.IntVar(&o.atMost, "at-most", 0, "how many `tasks` run at once (default: no limit)")
	f.StringVar(&o.requeue, "requeue", requeueAuto, "`what` to do when Slurm announces a task's end: auto (scontrol requeue) or off")
	f.BoolVar(&o.print, "print", false, "print what would be sent, and send nothing")
	f.StringVar(&o.image, "image", "aeprobe:latest", "container `image` (kubernetes, skypilot)")
	f.StringVar(&o.volume, "volume", "aeprobe", "`name` of the claim or bucket that holds the sweep (kubernetes, skypilot)")
	return c
}

func runSweepSubmit(ctx context.Context, o sweepSubmitOptions, dir string, options []string) error {
	if err := o.check(options); err != nil {
		return &usageError{err}
	}
	s, err := sweep.Open(dir)
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if o.engine != slurm {
		text, err := sweep.Manifest{Sweep: s, Program: program, Pack: o.pack, AtMost: o.atMost, Image: o.image, Volume: o.volume}.For(o.engine)
		if err != nil {
			return err
		}
		return printText([]byte(text))
	}
	if s.Device != "cpu" && !slices.ContainsFunc(options, func(o string) bool { return strings.Contains(o, "gpu") || strings.Contains(o, "gres") }) {
		fmt.Fprintln(os.Stderr, "aeprobe: warning: the sweep needs GPUs, and no option asks Slurm for one, such as -- --gres=gpu:1")
	}
	say := func(format string, args ...any) { fmt.Fprintf(stdout, format+"\n", args...) }
	u := &sweep.SlurmSubmission{Sweep: s, Program: program, Pack: o.pack, AtMost: o.atMost, Requeue: o.requeue, Options: options, Print: o.print, Say: say}
	return u.Submit(ctx)
}

func (o *sweepSubmitOptions) check(options []string) error {
	engines := append([]string{slurm}, sweep.Engines()...)
	switch {
	case o.engine == "":
		return fmt.Errorf("--engine is missing: expected %s", strings.Join(engines, ", "))
	case !slices.Contains(engines, o.engine):
		return fmt.Errorf("--engine %s: expected %s", o.engine, strings.Join(engines, ", "))
	case o.pack < 1:
		return fmt.Errorf("--pack %d: expected 1 or more", o.pack)
	case o.atMost < 0:
		return fmt.Errorf("--at-most %d: expected 1 or more", o.atMost)
	case o.requeue != requeueAuto && o.requeue != requeueOff:
		return fmt.Errorf("--requeue %s: expected auto or off", o.requeue)
	case o.engine != slurm && !o.print:
		return fmt.Errorf("submit only prints what %s needs: add --print", o.engine)
	case o.engine != slurm && len(options) > 0:
		return errors.New("options after -- are for sbatch")
	}
	return sweep.CheckSlurmOptions(options)
}
