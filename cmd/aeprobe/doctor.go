package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/internal/torch"
)

func newDoctor() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor [SET]",
		Short: "Check that this machine has what aeprobe needs",
		Long: `Doctor checks what aeprobe needs and prints a line for each: ok, a warning, or a
problem with its remedy. It changes nothing and downloads nothing. It reads the
data it finds in full, with all the checks of aeprobe data; SET is the data set,
cifar10 by default.

The exit code is 1 if there is a problem, and otherwise 0. A missing CUDA is a
problem only on a machine with an NVIDIA driver.`,
		Example: `  aeprobe doctor
  aeprobe doctor --json | jq '.[] | select(.status != "ok")'`,
		Args: arguments(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			set, err := setNamed(args)
			if err != nil {
				return err
			}
			return runDoctor(c.Context(), stdout, set, dir, asJSON)
		},
	}
	c.Flags().StringVar(&dir, "data", "", dataUsage)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// status grades a finding.
type status string

const (
	ok      status = "ok"
	warning status = "warning"
	problem status = "problem"
)

// finding is the result of one check.
type finding struct {
	Status status `json:"status"`
	// About names what was checked, Found is the result, and Remedy is empty if
	// there is nothing to do.
	About  string `json:"about"`
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"`
}

func runDoctor(ctx context.Context, w io.Writer, set, dataDir string, asJSON bool) error {
	findings := examine(ctx, set, dataDir)
	if err := ctx.Err(); err != nil {
		return err
	}
	if asJSON {
		if err := printJSON(findings); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			fmt.Fprint(w, f)
		}
	}
	var problems []string
	for _, f := range findings {
		if f.Status == problem {
			problems = append(problems, f.About)
		}
	}
	if len(problems) > 0 {
		return errors.New("there are problems: " + strings.Join(problems, ", "))
	}
	return nil
}

// String puts the finding on a line and its remedy, if any, on a second.
func (f finding) String() string {
	text := fmt.Sprintf("%-8s %-9s %s\n", f.Status, f.About, f.Found)
	if f.Remedy != "" {
		text += fmt.Sprintf("%-18s %s\n", "", f.Remedy)
	}
	return text
}

// examine makes all checks, in order of dependence.
func examine(ctx context.Context, set, dataDir string) []finding {
	noCUDA := torch.LoadCUDA() // must come first, or libtorch does not see it
	findings := []finding{examineProgram(), examineLibtorch(), examineGotch(), examineCPU(), examineThreads()}
	findings = append(findings, examineCUDA(noCUDA)...)
	return append(findings, examineData(ctx, set, dataDir), examineFolder())
}
