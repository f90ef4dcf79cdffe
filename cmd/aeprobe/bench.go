package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/bench"
	"aeprobe/vision"
)

type benchOptions struct {
	peer, data, out string
	only            []string
	images, rounds  int
	threads, flat   int
}

func newBench() *cobra.Command {
	var o benchOptions
	c := &cobra.Command{
		Use:   "bench [SET]",
		Short: "Measure training on this machine, against PyTorch's",
		Long: `Bench measures how fast training is on this machine's CPU, in turns with the
PyTorch scripts of bench/pytorch: the recipe as a PyTorch user writes it, and a
tuned one. All have the same images, cores and threads. It takes half an
hour on two cores, which should have nothing else to do.

make bench calls it with a PyTorch that fits. Without --peer aeprobe is measured
alone. SET is cifar10, if nothing is said, or synthetic.

What can be measured by itself, with --only:
  ` + strings.Join(bench.Names(), ", "),
		Example: `  aeprobe bench --peer venv/bin/python --out bench/RESULTS.md
  aeprobe bench --only batch16,together
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
	f.StringVar(&o.peer, "peer", "", "`python` with PyTorch of the same version, to measure the scripts with")
	f.StringVar(&o.out, "out", "", "Markdown `file` to write the results to; what people wrote at its end stays")
	f.StringVar(&o.data, "data", "", dataUsage)
	f.StringSliceVar(&o.only, "only", nil, "measure just these, separated by commas")
	f.IntVar(&o.images, "images", 10000, "training `images` in an epoch")
	f.IntVar(&o.rounds, "rounds", 3, "how often each has its `turn`")
	f.IntVar(&o.threads, "threads", usableCores(), "processor `cores` to use, for each contender")
	f.IntVar(&o.flat, "flat", 0, "also train for so many `steps`, and say how resident memory grows")
	return c
}

func runBench(ctx context.Context, o benchOptions, set string) error {
	if !slices.Contains(vision.Sets(), set) {
		return &usageError{fmt.Errorf("there is no data set %q\nuse one of %s", set, strings.Join(vision.Sets(), ", "))}
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	options := bench.Options{Program: program, Python: o.peer, Images: o.images, Rounds: o.rounds, Threads: o.threads,
		Only: o.only, FlatSteps: o.flat, Version: readVersions().Aeprobe, Log: func(line string) { fmt.Println(line) }}
	if err := options.Check(); err != nil {
		return &usageError{err}
	}
	if options.Data, err = openData(ctx, options.Needs(set), o.data); err != nil {
		return err
	}
	results, err := bench.Run(ctx, options)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\n", results.Table())
	for _, w := range results.Warnings() {
		fmt.Println(w)
	}
	if o.out == "" {
		return nil
	}
	return results.Write(o.out)
}
