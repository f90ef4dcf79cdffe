package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aeprobe/config"
	"aeprobe/experiments"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

type runOptions struct {
	out, only string
	set       []string
	json      bool
	machine
}

func newRun() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run DEFINITION.yaml|NAME",
		Short: "Bring a report up to date: train, test, tabulate, draw",
		Long: `Run brings a run directory up to date with a definition: what is done stays,
what was interrupted goes on where it stopped, and what depends on a changed
field is made again. Nothing else need be remembered: the same command goes on.

The definition is a YAML file, or the name of a built-in one (see aeprobe
definitions). Where and how it is run does not change what its numbers mean, so
that is for flags to say, and all else for the definition.

It begins by saying how much disk and memory it will take. Too little memory is
a warning; a disk that certainly is too small is refused.

A stage is named as its folder in the run directory: autoencoders/bce,
classifiers/pretrained, features, figures.`,
		Example: `  aeprobe run quick
  aeprobe run report --device cuda
  aeprobe run report --out runs/seed-1 --set seed=1
  aeprobe run mine.yaml --set train.epochs=20 --only autoencoders/bce`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return runRun(c.Context(), o, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "", "run `directory` (default runs/NAME)")
	f.StringArrayVar(&o.set, "set", nil, "override a field of the definition, `key.path=value`; may be repeated")
	f.StringVar(&o.only, "only", "", "bring just this `stage` up to date, with what it needs")
	f.BoolVar(&o.json, "json", false, "print a JSON object per event, and nothing else, to stdout")
	o.machine.addFlags(f)
	return c
}

func runRun(ctx context.Context, o runOptions, name string) error {
	definition, err := config.Load(name, o.set)
	if err != nil {
		return err
	}
	device, err := o.open()
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = filepath.Join("runs", definition.Name)
	}
	err = bringUpToDate(ctx, o, definition, device)
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(os.Stderr, "aeprobe: %v; what is done is kept in %s\nthe same command goes on:\n  %s\n",
			context.Cause(ctx), o.out, commandLine(os.Args))
	}
	if err != nil || o.json {
		return err
	}
	if o.only != "" {
		fmt.Printf("\n%s is in %s\n", o.only, filepath.Join(o.out, o.only))
		return nil
	}
	fmt.Println()
	return showReport(os.Stdout, o.out)
}

func bringUpToDate(ctx context.Context, o runOptions, definition *config.Definition, device torch.Device) error {
	data, err := openData(ctx, definition.Data, o.data)
	if err != nil {
		return err
	}
	begun := 0
	progress := newProgress(ctx, o.json)
	err = experiments.Run(ctx, definition, data, experiments.Options{Dir: o.out, Only: o.only,
		Device: device, Threads: o.threads, Events: func(e metrics.Event) {
			if e.Kind == metrics.StageStarted {
				begun++
			}
			progress.show(e)
		}})
	progress.close()
	if err == nil && begun == 0 && !o.json {
		fmt.Println("There was nothing to do: everything is up to date.")
	}
	return err
}

// machine says where a command computes and where its data is.
type machine struct {
	device, data string
	threads      int
}

func (m *machine) addFlags(f *pflag.FlagSet) {
	f.StringVar(&m.device, "device", "auto", "where to compute: auto (a GPU where there is one), cpu, cuda or cuda:N")
	f.StringVar(&m.data, "data", "", dataUsage)
	f.IntVar(&m.threads, "threads", usableCores(), "processor `cores` to use")
}

const dataUsage = "CIFAR-10's `folder` or archive (default $CIFAR10_DIR, then the cache, then a download)"

// open checks the flags and finds the device.
func (m *machine) open() (torch.Device, error) {
	if m.threads < 1 {
		return torch.CPU, &usageError{fmt.Errorf("--threads %d: expected 1 or more", m.threads)}
	}
	device, err := torch.ParseDevice(m.device)
	if err != nil {
		return torch.CPU, &usageError{err}
	}
	return device, nil
}

// openData reads the images that a definition asks for.
func openData(ctx context.Context, d config.Data, dir string) (*vision.Dataset, error) {
	download := newDownload()
	defer download.close()
	return vision.Open(ctx, d.Set, vision.Options{Dir: dir, Train: d.Train, Test: d.Test,
		Log: newLog(), Progress: download.show})
}
