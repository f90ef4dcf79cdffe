package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aeprobe/config"
	"aeprobe/internal/observe"
	"aeprobe/internal/words"
)

func newWatch() *cobra.Command {
	var every time.Duration
	c := &cobra.Command{
		Use:   "watch DIR",
		Short: "Follow a run from another terminal",
		Long: `Watch shows what a run in another terminal, or of a job, is doing: its stages,
epochs, losses and test scores, and how long the trainings that are running will
take. It ends with the run; Ctrl-C ends it before, and the run goes on.

It reads the run directory and changes nothing in it. Epochs that end between
two looks are shown together. Times are those of the last epochs' steps.

On a terminal it repaints itself; in a file or a pipe it prints a line for each
stage that begins or ends, and for epochs.`,
		Example: `  aeprobe watch runs/report
  aeprobe watch runs/report --every 1m >> progress.log`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if every < fastestLook {
				return &usageError{fmt.Errorf("--every %v: expected %v or more", every, fastestLook)}
			}
			return watch(c.Context(), args[0], every)
		},
	}
	c.Flags().DurationVar(&every, "every", time.Second, "`time` between two looks, as in 10s")
	return c
}

const fastestLook = 100 * time.Millisecond

// watch shows a run until nobody works on it.
func watch(ctx context.Context, dir string, every time.Duration) error {
	show, end := watchLines()
	if isTerminal(console) {
		show, end = watchScreen()
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	o := &observer{dir: dir}
	for {
		run, definition, err := o.look()
		if err != nil {
			return err
		}
		show(run, definition)
		if run.State != observe.Running {
			end(run)
			return nil
		}
		select {
		case <-ctx.Done():
			end(run)
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// watchScreen shows a run on a terminal, which keeps the last picture.
func watchScreen() (show func(*observe.Run, *config.Definition), end func(*observe.Run)) {
	s, paint := newScreen(console, stdout), colours(console)
	show = func(r *observe.Run, d *config.Definition) {
		s.paint(func(columns, rows int) []string { return picture(paint, r, d, columns, rows-1, time.Now()) })
	}
	return show, func(*observe.Run) {}
}

// picture is a run in so many columns and rows.
func picture(paint painter, r *observe.Run, d *config.Definition, columns, rows int, now time.Time) []string {
	lines := []string{titleLine(paint, r, d, columns)}
	failed, running := inStates(r, observe.Failed), inStates(r, observe.Running, observe.Stopped)
	recent := lastFinished(r, max(0, rows-3-len(failed)-len(running)))
	for _, s := range recent {
		lines = append(lines, coloured(paint, green, cutTo(finishedLine(s, columns), columns), string(s.State)))
	}
	for i, s := range running {
		if left := len(running) - i; len(lines) >= rows-2 && left > 1 {
			lines = append(lines, cutTo(fmt.Sprintf("and %d more", left), columns))
			break
		}
		lines = append(lines, watchedLine(s, columns, now))
	}
	for _, s := range failed {
		why, _, _ := strings.Cut(s.Failure, "\n")
		lines = append(lines, paint.paint(red, cutTo(fmt.Sprintf("%s  failed: %s", fitLeft(s.Name, nameColumns), why), columns)))
	}
	return append(lines, cutTo(summaryLine(r, now), columns))
}

// coloured colours the last word of a line, if it is still there.
func coloured(paint painter, code, line, word string) string {
	if before, found := strings.CutSuffix(line, word); found {
		return before + paint.paint(code, word)
	}
	return line
}

// titleLine says which run it is, and who works on it.
func titleLine(paint painter, r *observe.Run, d *config.Definition, columns int) string {
	title := fmt.Sprintf("%s: %s", r.Dir, r.State)
	if r.State == observe.Running {
		title = fmt.Sprintf("%s: %s in %s", r.Dir, d.Name, strings.Join(r.Holders, ", "))
	}
	return paint.paint(bold, cutTo(title, columns))
}

// lastFinished are the n stages that were finished last, the last one last.
func lastFinished(r *observe.Run, n int) []observe.Stage {
	finished := inStates(r, observe.Finished)
	slices.SortStableFunc(finished, func(a, b observe.Stage) int { return a.Changed.Compare(b.Changed) })
	return finished[max(0, len(finished)-n):]
}

// finishedLine is a stage that is done.
func finishedLine(s observe.Stage, columns int) string {
	text := ""
	if s.Epochs > 0 {
		text = words.Count(s.Epochs, "epoch")
	}
	return progressLine(columns, s.Name, -1, []string{text, string(s.State)})
}

// watchedLine is a stage that is being made, or was.
func watchedLine(s observe.Stage, columns int, now time.Time) string {
	if s.Epochs == 0 {
		return progressLine(columns, s.Name, -1, []string{fmt.Sprintf("%s, %s", s.State, ago(s.Changed, now))})
	}
	parts := []string{epochText(s.Epoch, s.Epochs), timeLeft(s, now)}
	if s.Last != nil {
		parts = append(parts, fmt.Sprintf("loss %.4f", s.Last.Loss), strings.TrimSpace(measured(s.Last.Test)))
	}
	return progressLine(columns, s.Name, float64(s.Epoch)/float64(s.Epochs), parts)
}

// timeLeft is that of a training, as its late epochs go; its state if it stands.
func timeLeft(s observe.Stage, now time.Time) string {
	switch {
	case s.State != observe.Running:
		return string(s.State)
	case s.EpochSeconds == 0:
		return ""
	}
	left := float64(s.Epochs-s.Epoch) * s.EpochSeconds
	since := min(now.Sub(s.Changed).Seconds(), s.EpochSeconds)
	return short(time.Duration(max(0, left-since)*float64(time.Second))) + " left"
}

// summaryLine counts stages and epochs.
func summaryLine(r *observe.Run, now time.Time) string {
	count := r.Count()
	done, all := r.Epochs()
	text := fmt.Sprintf("%d of %s", count[observe.Finished], words.Count(len(r.Stages), "stage"))
	if all > 0 {
		text += fmt.Sprintf(", %d of %s", done, words.Count(all, "epoch"))
	}
	for _, state := range []observe.State{observe.Failed, observe.Waiting} {
		if n := count[state]; n > 0 {
			text += fmt.Sprintf(", %d %s", n, state)
		}
	}
	if r.State == observe.Running {
		return text + fmt.Sprintf("; %s elapsed", short(now.Sub(r.Since)))
	}
	return text + "; last changed " + ago(r.Changed, now)
}

// watchLines prints what has changed since the last look.
func watchLines() (show func(*observe.Run, *config.Definition), end func(*observe.Run)) {
	var before map[string]observe.Stage
	show = func(r *observe.Run, d *config.Definition) {
		now := time.Now()
		if before == nil {
			fmt.Fprintln(stdout, now.Format(time.TimeOnly), plain(titleLine(nil, r, d, 1000)))
		}
		seen := map[string]observe.Stage{}
		for _, s := range r.Stages {
			seen[s.Name] = s
			if text := changeSince(before, s, now); text != "" {
				fmt.Fprintln(stdout, now.Format(time.TimeOnly), text)
			}
		}
		before = seen
	}
	end = func(r *observe.Run) {
		now := time.Now()
		fmt.Fprintln(stdout, now.Format(time.TimeOnly), fmt.Sprintf("%s: %s", r.State, summaryLine(r, now)))
	}
	return show, end
}

// changeSince says how a stage has changed; empty if it has not. At the first look
// only those at work are worth a line.
func changeSince(before map[string]observe.Stage, s observe.Stage, now time.Time) string {
	was, known := before[s.Name]
	switch {
	case known && was.State == s.State && was.Epoch == s.Epoch:
		return ""
	case !known && s.State != observe.Running && s.State != observe.Failed:
		return ""
	case s.State == observe.Failed:
		why, _, _ := strings.Cut(s.Failure, "\n")
		return fmt.Sprintf("%-*s failed: %s", nameColumns, s.Name, why)
	case s.State == observe.Running && s.Last != nil:
		text := fmt.Sprintf("%-*s epoch %d/%d  loss %.4f%s", nameColumns, s.Name, s.Epoch, s.Epochs, s.Last.Loss, measured(s.Last.Test))
		if left := timeLeft(s, now); left != "" {
			text += "  " + left
		}
		return text
	default:
		return fmt.Sprintf("%-*s %s", nameColumns, s.Name, s.State)
	}
}
