package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
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
		Short: "Compute again what a run directory says, and compare",
		Long: `Verify computes again, from the stored weights and the data, what the run
directory DIR (here, if nothing is said) shows, and says in a line each what was
compared: the networks' test losses, predictions, accuracies and confusion
matrices, the features and their principal components, the length of each
training, results.json, the tables and the page. Nothing is trained, and nothing
in the directory is changed.

Losses and features may differ by a hundred-thousandth, since sums are rounded
otherwise on another machine, and a prediction may be of another class where two
logits are equal to that; it is 5 in 1,000 where a GPU rounded to TF32. All else
has to be equal.

What has not been made yet is no error. It exits with 0 if all agrees, and with
1 if anything differs.`,
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
	c.Flags().BoolVar(&o.json, "json", false, "print a JSON object per check")
	o.machine.addFlags(c.Flags())
	return c
}

func runVerify(ctx context.Context, o verifyOptions, dir string) error {
	device, err := o.open()
	if err != nil {
		return err
	}
	definition, err := runDefinition(dir)
	if err != nil {
		return err
	}
	data, err := openData(ctx, definition.Data, o.data)
	if err != nil {
		return err
	}
	var checks []stages.Check
	encoder := json.NewEncoder(os.Stdout)
	err = experiments.Verify(ctx, definition, data, experiments.Options{Dir: dir, Device: device, Threads: o.threads},
		func(c stages.Check) {
			checks = append(checks, c)
			if o.json {
				// A closed pipe is found out by the next write, too.
				_ = encoder.Encode(c)
			} else {
				fmt.Print(checkLines(c))
			}
		})
	if err != nil {
		return err
	}
	return judge(dir, checks, o.json)
}

// checkLines are a check in a line, and its differences in a line each.
func checkLines(c stages.Check) string {
	text := fmt.Sprintf("%-13s  %-22s  %s\n", c.Verdict, c.Subject, c.What)
	for _, d := range c.Differences {
		text += fmt.Sprintf("%-13s    %s\n", "", strings.ReplaceAll(d, "\n", "\n"+strings.Repeat(" ", 17)))
	}
	return text
}

// judge sums the checks up. The error says which subjects differ.
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
			"aeprobe run on the same definition and --out makes tables and page again;\n"+
			"a stage is made again where its folder is removed",
			counts[stages.Different], compared, dir, strings.Join(subjects, ", "))
	}
	if !quiet {
		fmt.Printf("\n%d comparisons, all equal; not there yet: %d, notes: %d.\n",
			compared, counts[stages.Absent], counts[stages.Noted])
	}
	return nil
}
