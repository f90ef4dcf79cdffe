package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/experiments"
	"aeprobe/internal/stages"
)

type verifyOptions struct {
	json bool
	machine
}

func newVerify() *cobra.Command {
	var o verifyOptions
	c := &cobra.Command{
		Use:   "verify [DIR]",
		Short: "Recompute the numbers of a run directory, and compare",
		Long: `Verify recomputes the numbers of the run directory DIR (default: current
directory) from its weights and data, and prints one line per comparison: the
networks' test losses, predictions, accuracies and confusion matrices, the
features and their principal components, the length of each training,
results.json, the tables and the page. It trains nothing and changes nothing.

Losses and features may differ by 1e-5, because machines round sums differently,
or by 5e-3 if a GPU rounded to TF32; a prediction may differ if its two best
logits are that close. Everything else must be equal.

Results that do not exist yet are not an error. The exit code is 0 if all
comparisons agree, and 1 if any differs.`,
		Example: `  aeprobe verify runs/quick
  aeprobe verify runs/report --device cpu --data ~/cifar-10-batches-bin
  aeprobe verify runs/quick --json | jq 'select(.verdict == "different")'`,
		Args: arguments(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return runVerify(c.Context(), o, dir)
		},
	}
	c.Flags().BoolVar(&o.json, "json", false, "print a JSON object per comparison")
	o.machine.addFlags(c.Flags())
	return c
}

func runVerify(ctx context.Context, o verifyOptions, dir string) error {
	device, err := o.open()
	if err != nil {
		return err
	}
	definition, err := runDefinitionAt(dir, o.data)
	if err != nil {
		return err
	}
	data, err := openAll(ctx, definition, o.data, inSameRun(dir))
	if err != nil {
		return err
	}
	var checks []stages.Check
	encoder := json.NewEncoder(stdout)
	err = experiments.Verify(ctx, definition, data, experiments.Options{Dir: dir, Device: device, Threads: o.threads},
		func(c stages.Check) {
			checks = append(checks, c)
			if o.json {
				_ = encoder.Encode(c) // stdout keeps the error
			} else {
				fmt.Fprint(stdout, checkLines(c))
			}
		})
	if err != nil {
		return err
	}
	return judge(dir, checks, o.json)
}

// checkLines puts a check and each of its differences on a line.
func checkLines(c stages.Check) string {
	text := fmt.Sprintf("%-13s  %-22s  %s\n", c.Verdict, c.Subject, c.What)
	for _, d := range c.Differences {
		text += fmt.Sprintf("%-13s    %s\n", "", strings.ReplaceAll(d, "\n", "\n"+strings.Repeat(" ", 17)))
	}
	return text
}

// judge summarizes the checks. The error names the subjects that differ.
func judge(dir string, checks []stages.Check, quiet bool) error {
	counts := map[stages.Verdict]int{}
	var subjects []string
	for _, c := range checks {
		counts[c.Verdict]++
		if c.Verdict == stages.Different && !slices.Contains(subjects, c.Subject) {
			subjects = append(subjects, c.Subject)
		}
	}
	compared := counts[stages.Equal] + counts[stages.Different]
	if len(subjects) > 0 {
		return fmt.Errorf("%d of %d comparisons in %s differ: %s\n"+
			"aeprobe run with the same definition and --out rebuilds tables and page;\n"+
			"to redo a stage, remove its folder first",
			counts[stages.Different], compared, dir, strings.Join(subjects, ", "))
	}
	if !quiet {
		fmt.Fprintf(stdout, "\n%d comparisons, all equal; %s: %d, notes: %d.\n",
			compared, stages.Absent, counts[stages.Absent], counts[stages.Noted])
	}
	return nil
}
