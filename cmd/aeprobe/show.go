package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"aeprobe/internal/report"
)

func newShow() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show DIR",
		Short: "Print the tables of a run directory",
		Long: `Show prints the tables of a run directory: the classifiers' accuracies beside
the report's Table I, and the auto-encoders' test losses. What the numbers must
not be read without (other data than CIFAR-10, fewer epochs) stands under them.`,
		Example: `  aeprobe show runs/quick
  aeprobe show runs/quick --json | jq '.classifiers[] | {name, mean: .scores.full.mean}'`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if asJSON {
				return copyResults(os.Stdout, args[0])
			}
			return showReport(os.Stdout, args[0])
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print results.json as it is")
	return c
}

// showReport prints the tables of a run directory and where its files are.
func showReport(w io.Writer, dir string) error {
	results, err := report.ReadResults(dir)
	if err != nil {
		return noResults(dir, err)
	}
	_, err = fmt.Fprintf(w, "%s\n%s\n\n%s\n\nPage     %s\nFigures  %s\nNumbers  %s, %s\n",
		results.Table1().Render(), results.Caption(), results.AutoencoderTable().Render(),
		filepath.Join(dir, "report.html"), filepath.Join(dir, "figures"),
		filepath.Join(dir, "results.json"), filepath.Join(dir, "table1.csv"))
	return err
}

func copyResults(w io.Writer, dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		return noResults(dir, err)
	}
	_, err = w.Write(text)
	return err
}

// noResults adds what to do about results that are not there.
func noResults(dir string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, definitionFile)); err == nil {
		return fmt.Errorf("the run in %s has not come to its end: there is no results.json\ngo on with aeprobe run on the same definition and --out", dir)
	}
	return fmt.Errorf("%s is not a run directory: there is no results.json\naeprobe run makes one, by default runs/NAME", dir)
}

// definitionFile is the definition as it was run, in a run directory.
const definitionFile = "definition.yaml"
