package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/internal/sweep"
	"aeprobe/internal/words"
)

func newSweepStatus() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status DIR",
		Short: "Say where every run of a sweep is",
		Long: `Status says from the folders alone, without asking any engine, how many runs are
done, running (and where), stopped, failed, refused and not begun, and how long
the others will take. It changes nothing and may run at any time.`,
		Example: `  aeprobe sweep status sweeps/g
  aeprobe sweep status sweeps/g --json | jq -r 'select(.state == "failed") | .folder'`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := sweep.Open(args[0])
			if err != nil {
				return err
			}
			status, err := s.Status()
			if err != nil {
				return err
			}
			if asJSON {
				return statusJSON(s, status)
			}
			return showStatus(s, status)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object per run")
	return c
}

// shownRuns is how many runs of a state are listed.
const shownRuns = 10

func showStatus(s *sweep.Sweep, status *sweep.Status) error {
	fmt.Fprintf(stdout, "%s in %s\n", words.Count(len(s.Runs), "run"), s.Dir)
	for _, state := range []sweep.State{sweep.Done, sweep.Running, sweep.Stopped, sweep.Failed, sweep.Refused, sweep.NotBegun} {
		n := status.Counts[state]
		fmt.Fprintf(stdout, "%-10s %d\n", state, n)
		if n == 0 || state == sweep.Done || state == sweep.NotBegun {
			continue
		}
		of := slices.DeleteFunc(slices.Clone(status.Runs), func(r sweep.RunStatus) bool { return r.State != state })
		for _, r := range of[:min(n, shownRuns)] {
			fmt.Fprintf(stdout, "  run %d, %s: %s\n", r.Number, r.Describe(s.Fields), why(r))
		}
		if n > shownRuns {
			fmt.Fprintf(stdout, "  and %d more (--json lists all)\n", n-shownRuns)
		}
	}
	if left := len(s.Runs) - status.Counts[sweep.Done] - status.Counts[sweep.Refused]; left > 0 && status.MeanSeconds > 0 {
		running := max(1, status.Counts[sweep.Running])
		fmt.Fprintf(stdout, "left       about %s with %d at once, at %.1f s a run\n", roughly(status.Left(running).Seconds()), running, status.MeanSeconds)
	}
	return nil
}

// why is where a run is running, or what ended it.
func why(r sweep.RunStatus) string {
	switch {
	case r.State == sweep.Running:
		return r.Holder
	case r.Outcome == nil:
		return "killed; it goes on from its checkpoint"
	}
	first, _, _ := strings.Cut(r.Outcome.Message, "\n")
	at := r.Outcome.Host
	if r.Outcome.Job != "" {
		at += ", job " + r.Outcome.Job
	}
	return fmt.Sprintf("exit code %d on %s: %s", r.Outcome.Code, at, strings.TrimPrefix(first, "aeprobe: "))
}

func statusJSON(s *sweep.Sweep, status *sweep.Status) error {
	encoder := json.NewEncoder(stdout)
	for _, r := range status.Runs {
		err := encoder.Encode(struct {
			Run       int             `json:"run"`
			Folder    string          `json:"folder"`
			Overrides sweep.Overrides `json:"overrides"`
			State     sweep.State     `json:"state"`
			Holder    string          `json:"holder,omitempty"`
			Outcome   *sweep.Outcome  `json:"outcome,omitempty"`
		}{r.Number, s.Folder(r.Run), r.Overrides, r.State, r.Holder, r.Outcome})
		if err != nil {
			return err
		}
	}
	return nil
}
