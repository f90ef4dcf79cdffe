package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"aeprobe/internal/contrast"
	"aeprobe/internal/report"
	"aeprobe/internal/words"
)

func newDiff() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff A B",
		Short: "Say how two runs differ: fields, numbers, verdicts",
		Long: `Diff compares two run directories. It lists the fields of their definitions that
differ, the images and the machinery, and the numbers: test losses, accuracies and
what a study found, by name. Where both runs classified the same test images, a
paired test says whether B is better or worse than A, or that the data cannot
tell.

Numbers are paired by name and seed; means are over the seeds that both have. With
one seed McNemar's exact test decides; with more, chance lies in seeds and images,
and the test takes both into account. Holm's correction is over all comparisons
in the table. Losses have no verdict: they are not kept for each image.

A run without results is compared by its definition alone.`,
		Example: `  aeprobe diff runs/report runs/seed-1
  aeprobe diff runs/a runs/b --json | jq '.numbers[] | select(.comparison.verdict == "better")'`,
		Args: arguments(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, args []string) error {
			a, err := readRun(args[0])
			if err != nil {
				return err
			}
			b, err := readRun(args[1])
			if err != nil {
				return err
			}
			difference, err := contrast.Of(a, b)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(difference)
			}
			return showContrast(stdout, a, b, difference)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// readRun reads a run directory's definition, and its results if there are any.
func readRun(dir string) (contrast.Run, error) {
	r := contrast.Run{Dir: dir}
	var err error
	if r.Definition, err = runDefinition(dir); err != nil {
		return r, err
	}
	r.Results, err = report.ReadResults(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	return r, err
}

func showContrast(w io.Writer, a, b contrast.Run, c *contrast.Contrast) error {
	var text strings.Builder
	fmt.Fprintf(&text, "A  %s\nB  %s\n\n%s\n", a.Dir, b.Dir, fieldsText(c))
	if a.Results == nil || b.Results == nil {
		for _, r := range []contrast.Run{a, b} {
			if r.Results == nil {
				fmt.Fprintf(&text, "The run in %s has no results yet: there are no numbers to compare.\n", r.Dir)
			}
		}
		_, err := io.WriteString(w, text.String())
		return err
	}
	fmt.Fprintf(&text, "%s\n%s\n%s", madeText(c), numbersTable(c), numbersCaption(c))
	for _, only := range []struct {
		run   string
		names []string
	}{{"A", c.OnlyA}, {"B", c.OnlyB}} {
		if len(only.names) > 0 {
			fmt.Fprintf(&text, "Only %s has numbers of %s.\n", only.run, some(only.names))
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// fieldsText lists the fields that differ.
func fieldsText(c *contrast.Contrast) string {
	if len(c.Fields) == 0 {
		return "Their definitions are the same.\n"
	}
	t := newList("field", "A", "B")
	for _, f := range c.Fields {
		t.AppendRow(table.Row{f.Path, fieldValue(f.Was), fieldValue(f.Is)})
	}
	return t.Render() + "\n"
}

// fieldValue is a definition's; nil is a field that is left out.
func fieldValue(v any) string {
	if v == nil {
		return "-"
	}
	return words.Short(v)
}

// madeText says where images or machinery differ.
func madeText(c *contrast.Contrast) string {
	var text strings.Builder
	if *c.DataA == *c.DataB {
		fmt.Fprintf(&text, "Images: the same, %s\n", c.DataA)
	} else {
		fmt.Fprintf(&text, "Images: A %s\n        B %s\n", c.DataA, c.DataB)
	}
	if !slices.Equal(c.MadeA, c.MadeB) {
		fmt.Fprintf(&text, "Computed with: A %s\n               B %s\n", strings.Join(c.MadeA, "; "), strings.Join(c.MadeB, "; "))
	}
	return text.String()
}

func numbersTable(c *contrast.Contrast) string {
	if len(c.Numbers) == 0 {
		return ""
	}
	t := newList("of", "number", "A", "B", "B - A", "95 % interval", "p (Holm)", "verdict on B")
	rightAlign(t, "A", "B", "B - A", "95 % interval", "p (Holm)")
	for _, n := range c.Numbers {
		row := table.Row{n.Of, n.Name, decimal(n.A, n), decimal(n.B, n), signed(n.Difference, n)}
		if k := n.Comparison; k != nil {
			row = append(row, fmt.Sprintf("%+.2f to %+.2f", k.Interval.Low, k.Interval.High), pText(k.AdjustedP), string(k.Verdict))
		} else {
			row = append(row, "", "", "-")
		}
		t.AppendRow(row)
	}
	return t.Render() + "\n"
}

// decimal shows a number with the decimals of its kind: percent 2, others by size.
func decimal(x report.Number, n contrast.Number) string {
	switch {
	case x.IsNaN():
		return "-"
	case n.Unit == "%":
		return fmt.Sprintf("%.2f", float64(x))
	case math.Abs(float64(x)) >= 1000:
		return fmt.Sprintf("%.0f", float64(x))
	default:
		return fmt.Sprintf("%.4g", float64(x))
	}
}

func signed(x report.Number, n contrast.Number) string {
	if text := decimal(x, n); x > 0 {
		return "+" + text
	} else {
		return text
	}
}

func pText(p float64) string {
	if p < 0.0001 {
		return "< 0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}

// numbersCaption is the protocol of the table.
func numbersCaption(c *contrast.Contrast) string {
	var text []string
	if c.Equal > 0 {
		text = append(text, words.Count(c.Equal, "further number")+" "+isOrAre(c.Equal)+" equal.")
	}
	if len(c.Seeds) > 0 {
		text = append(text, fmt.Sprintf("Seeds in common: %s.", list(c.Seeds)))
	}
	switch tests := testsOf(c); {
	case c.Untested != "":
		text = append(text, fmt.Sprintf("No verdicts: %s.", c.Untested))
	case len(tests) > 0:
		text = append(text, fmt.Sprintf("Points of accuracy, or of scores, on the same %s. Tests: %s; Holm's correction over the table's %s; level 5 %%.",
			words.Count(c.DataA.Test, "test image"), strings.Join(tests, ", "), words.Count(comparisons(c), "comparison")))
		if c.SameLabels {
			text = append(text, "Test images count as the same because their labels are, in order; the numbers of images used differ.")
		}
	}
	if len(text) == 0 {
		return ""
	}
	return strings.Join(text, " ") + "\n"
}

// testsOf names the tests that decided.
func testsOf(c *contrast.Contrast) []string {
	var all []string
	for _, n := range c.Numbers {
		if n.Comparison == nil {
			continue
		}
		if name := fmt.Sprintf("%s with %s", n.Comparison.Deciding, words.Count(n.Comparison.Seeds, "seed")); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

func comparisons(c *contrast.Contrast) (n int) {
	for _, number := range c.Numbers {
		if number.Comparison != nil {
			n++
		}
	}
	return n
}

// some are the first names, and how many more there are.
func some(names []string) string {
	const shown = 8
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

func list(seeds []uint64) string {
	all := make([]string, len(seeds))
	for i, seed := range seeds {
		all[i] = fmt.Sprint(seed)
	}
	return strings.Join(all, ", ")
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
