package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/internal/torch"
)

func newDoctor() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor [SET]",
		Short: "Say whether everything is here that aeprobe needs",
		Long: `Doctor looks at what aeprobe needs and says in a line each what it found: ok, a
warning, or a problem with what to do about it. Nothing is changed, and nothing
is downloaded. Data that is here is read whole, with all checks of aeprobe data;
SET names the data set, cifar10 by default.

It exits with 0 if there is no problem, and with 1 if there is one. That there
is no CUDA is a problem only on a machine with an NVIDIA driver.`,
		Example: `  aeprobe doctor
  aeprobe doctor --json | jq '.[] | select(.status != "ok")'`,
		Args: arguments(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			set, err := setNamed(args)
			if err != nil {
				return err
			}
			return runDoctor(c.Context(), os.Stdout, set, dir, asJSON)
		},
	}
	c.Flags().StringVar(&dir, "data", "", dataUsage)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// status is how a finding bears on what aeprobe can do.
type status string

const (
	ok      status = "ok"
	warning status = "warning"
	problem status = "problem"
)

// finding is one line of doctor's.
type finding struct {
	Status status `json:"status"`
	// About is what was looked at, Found what was found, and Remedy what to do
	// about it, empty where nothing need be done.
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
		return errors.New("not everything works: " + strings.Join(problems, ", "))
	}
	return nil
}

// String is a finding in a line, and its remedy in another.
func (f finding) String() string {
	text := fmt.Sprintf("%-8s %-9s %s\n", f.Status, f.About, f.Found)
	if f.Remedy != "" {
		text += fmt.Sprintf("%-18s %s\n", "", f.Remedy)
	}
	return text
}

// examine looks at everything, what others need first.
func examine(ctx context.Context, set, dataDir string) []finding {
	noCUDA := torch.LoadCUDA() // first of all, or libtorch takes no notice of it
	findings := []finding{examineProgram(), examineLibtorch(), examineGotch(), examineCPU(), examineThreads()}
	findings = append(findings, examineCUDA(noCUDA)...)
	return append(findings, examineData(ctx, set, dataDir), examineFolder())
}
