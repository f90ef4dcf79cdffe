package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"aeprobe/experiments"
	"aeprobe/internal/report"
)

func newShow() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show DIR",
		Short: "Print the tables of a run directory",
		Long: `Show prints the tables of a run directory: the classifiers' accuracies next to
the report's Table I, the test losses of auto-encoders and aggregations, and a
study's tables and verdicts. Caveats (other data than CIFAR-10, fewer epochs) are
printed below the first.`,
		Example: `  aeprobe show runs/quick
  aeprobe show runs/quick --json | jq '.classifiers[] | {name, mean: .scores.full.mean}'`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if asJSON {
				return copyResults(stdout, args[0])
			}
			return showReport(stdout, args[0])
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print results.json")
	return c
}

// showReport prints the tables of a run directory and the paths of its files.
func showReport(w io.Writer, dir string) error {
	results, err := report.ReadResults(dir)
	if err != nil {
		return noResults(dir, err)
	}
	if _, err := fmt.Fprintf(w, "%s\n%s\n\n%s\n\n", results.Table1().Render(), results.Caption(), results.AutoencoderTable().Render()); err != nil {
		return err
	}
	if len(results.Aggregations) > 0 {
		if _, err := fmt.Fprintf(w, "%s\n\n", results.AggregationTable().Render()); err != nil {
			return err
		}
	}
	for _, t := range results.StudyTables() {
		if _, err := fmt.Fprintf(w, "%s\n%s\n%s\n\n", t.Title, t.Render(), t.Caption); err != nil {
			return err
		}
	}
	for _, f := range []struct{ what, name string }{{"Page", report.PageFile}, {"Figures", experiments.FiguresFolder}} {
		path := filepath.Join(dir, f.name)
		if there, err := exists(path); err != nil || !there { // as in a run of results only
			continue
		}
		if _, err := fmt.Fprintf(w, "%-8s %s\n", f.what, path); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "Numbers  %s, %s\n", filepath.Join(dir, report.ResultsFile), filepath.Join(dir, report.CSVFile))
	return err
}

func copyResults(w io.Writer, dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, report.ResultsFile))
	if err != nil {
		return noResults(dir, err)
	}
	_, err = w.Write(text)
	return err
}

// noResults explains why a run directory's results cannot be read.
func noResults(dir string, err error) error {
	if denied, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, fs.ErrPermission) {
		return denied // to make the file again would not help
	}
	if !isAbsent(err) {
		return err
	}
	switch begun, err := exists(filepath.Join(dir, experiments.DefinitionFile)); {
	case err != nil:
		return err
	case begun:
		return fmt.Errorf("the run in %s is not finished: it has no results.json\nresume it with aeprobe run and the same definition and --out", dir)
	default:
		return fmt.Errorf("%s is not a run directory: it has no results.json\naeprobe run creates one, by default runs/NAME", dir)
	}
}

// exists reports whether there is a file. If that cannot be seen, it returns an
// error: a file that may not be read is not missing.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if isAbsent(err) {
		return false, nil
	}
	return err == nil, err
}

// isAbsent reports whether an error means that a file does not exist.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
