package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"aeprobe/config"
	"aeprobe/experiments"
	"aeprobe/torch"
	"aeprobe/vision"
)

type runOptions struct {
	out, device, data, only string
	set                     []string
	threads                 int
	json                    bool
}

func newRun() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run DEFINITION.yaml|NAME",
		Short: "Bring a report up to date: train, test, tabulate, draw",
		Long: `Run brings a run directory up to date with a definition: what is done stays,
what was interrupted goes on where it stopped, and what depends on a changed
field is made again. Nothing else need be remembered: the same command goes on.`,
		Example: `  aeprobe run quick
  aeprobe run report --device cuda
  aeprobe run mine.yaml --set train.epochs=20 --only autoencoders/bce`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return runRun(c.Context(), o, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "", "run directory (default runs/NAME)")
	f.StringArrayVar(&o.set, "set", nil, "override a field of the definition, `key.path=value`; may be repeated")
	f.StringVar(&o.device, "device", "auto", "where to train: auto, cpu, cuda or cuda:N")
	f.StringVar(&o.data, "data", "", "CIFAR-10's folder or archive (default $CIFAR10_DIR, then the cache, then a download)")
	f.StringVar(&o.only, "only", "", "bring just this `stage` up to date, with what it needs, for example autoencoders/bce")
	f.IntVar(&o.threads, "threads", runtime.NumCPU(), "processor cores to use")
	f.BoolVar(&o.json, "json", false, "print a JSON object per event")
	return c
}

func runRun(ctx context.Context, o runOptions, name string) error {
	definition, err := config.Load(name, o.set)
	if err != nil {
		return err
	}
	device, err := torch.ParseDevice(o.device)
	if err != nil {
		return err
	}
	data, err := vision.Open(ctx, definition.Data.Set, vision.Options{Dir: o.data,
		Train: definition.Data.Train, Test: definition.Data.Test, Log: newLog()})
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = filepath.Join("runs", definition.Name)
	}
	progress := newProgress(o.json)
	err = experiments.Run(ctx, definition, data, experiments.Options{Dir: o.out, Only: o.only,
		Device: device, Threads: o.threads, Events: progress.show})
	progress.close()
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "Interrupted; what is done is kept. The same command goes on from here.")
	}
	if err != nil || o.json || o.only != "" {
		return err
	}
	return show(os.Stdout, o.out)
}

// newLog writes what the user should know beside the results to stderr.
func newLog() *slog.Logger {
	return slog.New(tint.NewHandler(os.Stderr, &tint.Options{
		NoColor: !term.IsTerminal(int(os.Stderr.Fd())),
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			return a
		},
	}))
}
