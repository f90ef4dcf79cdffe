package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"aeprobe/internal/sweep"
	"aeprobe/internal/words"
)

func newSweepCollect() *cobra.Command {
	var reference int
	c := &cobra.Command{
		Use:   "collect DIR",
		Short: "Collect what a sweep found: mean, deviation, n, verdicts, a page",
		Long: `Collect reads the results of all runs that are done. Runs that differ in the seed
alone make a group; of each it writes mean, standard deviation, n and a 95 %
interval of every number, and compares the groups' classifiers with those of a
reference on the same test images and seeds. It names the runs that are missing,
and may run at any time, and again: the same runs give the same bytes.

  collected.html      a table to sort and filter, a figure over two fields, best
                      and worst, verdicts
  collected.csv       a line for each group and number
  collected-runs.csv  a line for each run and seed
  collected.json      all of it

Best and worst are chosen by numbers of training images only. Once no run is
missing, collect removes what runs shared (DIR/shared).`,
		Example: `  aeprobe sweep collect sweeps/g`,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := sweep.Open(args[0])
			if err != nil {
				return err
			}
			if reference < 0 || reference >= len(s.Runs) {
				return &usageError{fmt.Errorf("--reference %d: there are runs 0 to %d", reference, len(s.Runs)-1)}
			}
			collected, err := s.Collect(reference)
			if err != nil {
				return err
			}
			if err := collected.Write(s); err != nil {
				return err
			}
			if len(collected.Missing) == 0 {
				if err := s.RemoveShared(); err != nil {
					return err
				}
			}
			return showCollected(s, collected)
		},
	}
	c.Flags().IntVar(&reference, "reference", 0, "compare with the group of this `run`")
	return c
}

func showCollected(s *sweep.Sweep, c *sweep.Collected) error {
	fmt.Fprintf(stdout, "%d of %s are done, in %s\n", c.Counts[sweep.Done], words.Count(len(s.Runs), "run"), words.Count(len(c.Groups), "group"))
	for _, state := range []sweep.State{sweep.Running, sweep.Stopped, sweep.Failed, sweep.Refused, sweep.NotBegun} {
		if runs := c.Missing[state]; runs != "" {
			fmt.Fprintf(stdout, "missing, %s: runs %s\n", state, runs)
		}
	}
	for _, w := range c.Warnings {
		fmt.Fprintf(stdout, "note: %s\n", w)
	}
	_, err := fmt.Fprintf(stdout, "Page     %s\nNumbers  %s, %s, %s\n", s.Join(sweep.PageFile), s.Join(sweep.GroupsFile), s.Join(sweep.RepeatsFile), s.Join(sweep.JSONFile))
	return err
}
