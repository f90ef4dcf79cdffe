package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"aeprobe/experiments"
	"aeprobe/internal/observe"
	"aeprobe/internal/report"
	"aeprobe/internal/stats"
	"aeprobe/internal/words"
)

// runsFolder is where run directories are by default.
const runsFolder = "runs"

func newRuns() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "runs [DIR]",
		Short: "List run directories: state, progress, accuracies",
		Long: `Runs lists the run directories in a folder (default: runs) and in the folders
below it, by name.

States
  finished   there are results
  running    a process works on it
  stopped    begun, and nobody works on it: the same command resumes it
  failed     a stage failed; aeprobe watch says why
  not begun  there is a definition only

Stages and epochs count what is done of what the definition asks for. Accuracies
are those of its classifiers on all test images in percent; with more than one
seed they are the mean ± standard deviation.`,
		Example: `  aeprobe runs
  aeprobe runs /scratch/runs
  aeprobe runs --json | jq '.[] | select(.state == "stopped") | .dir'`,
		Args: arguments(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			folder := runsFolder
			if len(args) > 0 {
				folder = args[0]
			}
			return listRuns(stdout, folder, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	return c
}

// runSummary is a line of the list.
type runSummary struct {
	*observe.Run
	// Stages hide those of Run.
	Stages     string    `json:"stages"`
	Epochs     string    `json:"epochs"`
	Definition string    `json:"definition,omitempty"`
	Data       string    `json:"data,omitempty"`
	TestImages int       `json:"test_images,omitempty"`
	Seeds      int       `json:"seeds,omitempty"`
	Accuracies []average `json:"accuracies,omitempty"`
	// Problem is why nothing more is known.
	Problem string `json:"problem,omitempty"`
}

// average is a classifier's accuracy on all test images in percent, over seeds.
type average struct {
	Name string  `json:"name"`
	Mean float64 `json:"mean"`
	// SD is the standard deviation over the seeds, nil for one.
	SD *float64 `json:"sd,omitempty"`
}

func (a average) String() string {
	if a.SD == nil {
		return fmt.Sprintf("%s %.1f", a.Name, a.Mean)
	}
	return fmt.Sprintf("%s %.1f ± %.1f", a.Name, a.Mean, *a.SD)
}

func listRuns(w io.Writer, folder string, asJSON bool) error {
	dirs, err := findRuns(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s\naeprobe run creates run directories, by default runs/NAME", folder)
	}
	if err != nil {
		return err
	}
	all := []runSummary{}
	for _, dir := range dirs {
		all = append(all, summarize(dir))
	}
	if asJSON {
		return printJSON(all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(w, "There are no run directories in %s.\n", folder)
		return err
	}
	t := newList("run", "state", "stages", "epochs", "changed", "data", "accuracies in %")
	rightAlign(t, "stages", "epochs")
	paint, now := colours(console), time.Now()
	for _, s := range all {
		name, err := filepath.Rel(folder, s.Dir)
		if err != nil {
			name = s.Dir
		}
		t.AppendRow(table.Row{name, stateText(paint, s.Run), s.Stages, s.Epochs, ago(s.Changed, now), s.dataText(), s.headline()})
	}
	_, err = fmt.Fprintln(w, t.Render())
	return err
}

// findRuns are the run directories in a folder, itself included, by name. It does
// not look into them.
func findRuns(folder string) (dirs []string, err error) {
	err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			if path != folder && errors.Is(err, fs.ErrPermission) {
				return fs.SkipDir
			}
			return err
		}
		if !e.IsDir() {
			return nil
		}
		if _, err := os.Stat(filepath.Join(path, experiments.DefinitionFile)); err == nil {
			dirs = append(dirs, path)
			return fs.SkipDir
		}
		return nil
	})
	return dirs, err
}

// summarize looks at a run directory. One that cannot be read is not an error: the
// others can.
func summarize(dir string) runSummary {
	s := runSummary{Run: &observe.Run{Dir: dir}}
	run, definition, err := observeRun(dir)
	if err != nil {
		s.Problem, _, _ = strings.Cut(err.Error(), "\n")
		return s
	}
	s.Run, s.Definition = run, definition.Name
	done, all := run.Epochs()
	s.Stages = fmt.Sprintf("%d/%d", run.Count()[observe.Finished], len(run.Stages))
	s.Epochs = fmt.Sprintf("%d/%d", done, all)
	results, err := report.ReadResults(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return s
	}
	if err != nil {
		s.Problem, _, _ = strings.Cut(err.Error(), "\n")
		return s
	}
	s.Data, s.TestImages, s.Seeds = results.Data.Title, results.Data.Test, 1+len(results.Repeats)
	s.Accuracies = averages(results)
	return s
}

// averages are the classifiers' accuracies on all test images, in the table's order.
func averages(r *report.Results) []average {
	const allImages = "full"
	var all []average
	for i, c := range r.Classifiers {
		score, has := c.Scores[allImages]
		if !has {
			continue
		}
		values := []float64{float64(score.Accuracy)}
		for _, repeat := range r.Repeats {
			if i < len(repeat.Classifiers) {
				values = append(values, float64(repeat.Classifiers[i].Scores[allImages].Accuracy))
			}
		}
		a := average{Name: c.Name}
		var sd float64
		if a.Mean, sd = stats.MeanDeviation(values); len(values) > 1 {
			a.SD = &sd
		}
		all = append(all, a)
	}
	return all
}

func (s runSummary) dataText() string {
	if s.Data == "" {
		return ""
	}
	text := fmt.Sprintf("%s, %s", s.Data, words.Count(s.TestImages, "test image"))
	if s.Seeds > 1 {
		text += fmt.Sprintf(", %d seeds", s.Seeds)
	}
	return text
}

// headline is the classifiers' accuracies, or why there are none.
func (s runSummary) headline() string {
	if s.Problem != "" {
		return s.Problem
	}
	shown := make([]string, len(s.Accuracies))
	for i, a := range s.Accuracies {
		shown[i] = a.String()
	}
	text := strings.Join(shown, ", ")
	if text != "" && s.State != observe.Finished {
		text += " (before)"
	}
	return text
}

// stateText is a run's state, and who works on it.
func stateText(paint painter, r *observe.Run) string {
	text := cmp.Or(string(r.State), "?")
	if r.State == observe.Running {
		text += " (" + strings.Join(r.Holders, ", ") + ")"
	}
	return paint.paint(stateColour(r.State), text)
}

func stateColour(s observe.State) string {
	switch s {
	case observe.Finished:
		return green
	case observe.Running:
		return blue
	case observe.Failed:
		return red
	case observe.Stopped:
		return amber
	default:
		return faint
	}
}

// ago is how long ago something was; empty for never.
func ago(then, now time.Time) string {
	if then.IsZero() {
		return ""
	}
	return short(max(0, now.Sub(then))) + " ago"
}

// inStates are the stages of a run in these states, in the order in which they run.
func inStates(r *observe.Run, states ...observe.State) []observe.Stage {
	return slices.DeleteFunc(slices.Clone(r.Stages), func(s observe.Stage) bool { return !slices.Contains(states, s.State) })
}
