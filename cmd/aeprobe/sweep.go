package main

import "github.com/spf13/cobra"

func newSweep() *cobra.Command {
	c := &cobra.Command{
		Use:   "sweep COMMAND",
		Short: "Plan, run and collect many runs, on one machine or a cluster",
		Long: `Sweep makes many runs of one definition: all combinations of some values, or a
list. A sweep is a folder that plan makes; the other commands work on it, at the
same time if need be. One run is one folder, computed on one node.

docs/sweeps.md has a tour.`,
		Example: `  aeprobe sweep plan grid.yaml --out sweeps/g
  aeprobe sweep run sweeps/g                       everything, on this machine
  aeprobe sweep submit sweeps/g --engine slurm     everything, on a cluster
  aeprobe sweep status sweeps/g
  aeprobe sweep collect sweeps/g`,
		Args: subcommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newSweepPlan(), newSweepRun(), newSweepSubmit(), newSweepStatus(), newSweepCollect())
	return c
}
