package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/bench"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

type benchOptions struct {
	peer, data, out string
	device          string
	only            []string
	images, rounds  int
	threads, flat   int
}

func newBench() *cobra.Command {
	var o benchOptions
	c := &cobra.Command{
		Use:   "bench [SET]",
		Short: "Measure training speed, compared with PyTorch",
		Long: `Bench measures training speed on this machine, alternating with the PyTorch
scripts in bench/pytorch: the recipe as a PyTorch user would write it, and a
tuned version. All use the same images, cores and threads. It takes half an hour
on two cores, which should be idle otherwise. With --device cuda it measures a
step of each training as a CUDA graph and kernel by kernel, trainings of many
seeds, and accuracies beside the CPU's.

make bench runs it with a matching PyTorch. Without --peer it measures only
aeprobe. SET is cifar10 (default) or synthetic.

Measurements for --only:
  on the CPU
    ` + strings.Join(bench.Options{Device: "cpu"}.Names(), ", ") + `
  on a GPU
    ` + strings.Join(bench.Options{Device: "cuda:0"}.Names(), ", "),
		Example: `  aeprobe bench --peer venv/bin/python --out bench/RESULTS.md
  aeprobe bench --only batch16,together
  aeprobe bench --device cuda --peer venv/bin/python --out bench/GPU.md
  aeprobe bench --only batch16 --flat 100000`,
		Args: arguments(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			set := "cifar10"
			if len(args) == 1 {
				set = args[0]
			}
			return runBench(c.Context(), o, set)
		},
	}
	f := c.Flags()
	f.StringVar(&o.peer, "peer", "", "`python` with the same version of PyTorch, to run the scripts")
	f.StringVar(&o.out, "out", "", "Markdown `file` for the results; text that people added at its end is kept")
	f.StringVar(&o.data, "data", "", dataUsage)
	f.StringSliceVar(&o.only, "only", nil, "measure only these, separated by commas")
	f.StringVar(&o.device, "device", "cpu", "where to train: cpu, cuda or cuda:N")
	f.IntVar(&o.images, "images", 10000, "training `images` per epoch")
	f.IntVar(&o.rounds, "rounds", 3, "`number` of turns for each contender")
	f.IntVar(&o.threads, "threads", usableCores(), "number of processor `cores` for each contender")
	f.Lookup("threads").DefValue = "all"
	f.IntVar(&o.flat, "flat", 0, "also train for this many `steps`, and report how resident memory grows")
	return c
}

// benchDevice is the name of a device that is there.
func benchDevice(name string) (string, error) {
	if name == "auto" {
		return "", &usageError{errors.New("--device auto: a benchmark is of one device\nuse cpu, cuda or cuda:N")}
	}
	device, err := torch.ParseDevice(name)
	if err != nil {
		return "", &usageError{err}
	}
	return device.String(), nil
}

func runBench(ctx context.Context, o benchOptions, set string) error {
	if !slices.Contains(vision.Sets(), set) {
		return &usageError{fmt.Errorf("there is no data set %q\nuse one of %s", set, strings.Join(vision.Sets(), ", "))}
	}
	device, err := benchDevice(o.device)
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	options := bench.Options{Program: program, Python: o.peer, Device: device, Images: o.images, Rounds: o.rounds, Threads: o.threads,
		Only: o.only, FlatSteps: o.flat, Version: readVersions().Aeprobe, Log: func(line string) { fmt.Fprintln(stdout, line) }}
	if o.out != "" {
		options.Save = func(r *bench.Results) error { return r.Write(o.out) }
	}
	if err := options.Check(); err != nil {
		return &usageError{err}
	}
	decide := never("aeprobe bench synthetic measures with synthetic images")
	if options.Data, err = openImages(ctx, options.Needs(set), o.data, decide); err != nil {
		return err
	}
	results, err := bench.Run(ctx, options)
	if results == nil {
		return err
	}
	fmt.Fprintf(stdout, "\n%s\n", results.Table())
	for _, w := range results.Warnings() {
		fmt.Fprintln(stdout, w)
	}
	if o.out != "" {
		err = errors.Join(err, results.Write(o.out))
	}
	return err
}
