package bench

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"aeprobe/internal/atomicfile"
)

// Results are what a benchmark found.
type Results struct {
	Date    time.Time
	Options Options
	// Libtorch is aeprobe's, PyTorch the peers' version.
	Libtorch, PyTorch string
	Machine           Machine
	Disturbance       Disturbance
	// GEMM is the rate of float32 matrix products on all cores, in FLOP/s, one
	// a round.
	GEMM []float64
	Rows []Row
	// Series are the measurements behind the rows, and those only tried.
	Series []*Series
	// Flat is nil unless requested.
	Flat *Flat
	// Compared are nil unless the GPU was measured.
	Compared []Comparison
}

// What a result must rest on to be quoted.
const (
	enoughRounds = 3
	enoughImages = 10000
	enoughOnGPU  = 8192 // a multiple of the largest batch, which PyTorch records once

	// Shares of the cores' time. The load before is shown, but decides nothing:
	// it may come from building this program.
	quietOthers = 0.03
	quietStolen = 0.01
)

// Warnings say why the results should not be quoted; none if they may be.
func (r *Results) Warnings() []string {
	var all []string
	if r.Disturbance.Others > quietOthers || r.Disturbance.Stolen > quietStolen {
		all = append(all, fmt.Sprintf("The machine was not quiet: others took %.0f %% of the cores' time, a virtual machine's host %.0f %%; load average %.2f before.",
			100*r.Disturbance.Others, 100*r.Disturbance.Stolen, r.Machine.Load))
	}
	if r.Options.Rounds < enoughRounds {
		all = append(all, fmt.Sprintf("Only %d of the %d rounds that it takes.", r.Options.Rounds, enoughRounds))
	}
	enough := enoughImages
	if r.Options.onGPU() {
		enough = enoughOnGPU
	}
	if r.Options.Images < enough {
		all = append(all, fmt.Sprintf("Epochs of only %d images: what an epoch costs once weighs too much.", r.Options.Images))
	}
	if r.Options.Python == "" {
		all = append(all, "There was no PyTorch to compare with.")
	}
	return all
}

// Command is the command line, with files' folders removed.
func (r *Results) Command() string {
	o := r.Options
	text := "aeprobe bench"
	if o.Data.Name != "cifar10" {
		text += " " + o.Data.Name
	}
	text += fmt.Sprintf(" --images %d --rounds %d --threads %d", o.Images, o.Rounds, o.Threads)
	if o.onGPU() {
		text += " --device " + o.Device
	}
	if len(o.Only) > 0 {
		text += " --only " + strings.Join(o.Only, ",")
	}
	if o.FlatSteps > 0 {
		text += fmt.Sprintf(" --flat %d", o.FlatSteps)
	}
	if o.Python != "" {
		text += " --peer " + filepath.Base(o.Python)
	}
	return text
}

// marker separates what Write writes from people's notes below it.
const marker = "<!-- aeprobe bench writes what is above this line, and leaves what is below. -->\n"

// Write writes the results to path, as Markdown, and keeps the notes below the
// marker.
func (r *Results) Write(path string) error {
	var below string
	old, err := os.ReadFile(path)
	switch {
	case err == nil:
		var found bool
		if _, below, found = strings.Cut(string(old), marker); !found {
			return fmt.Errorf("%s is not what aeprobe bench writes: the line %q is missing\nwrite to another file", path, strings.TrimSpace(marker))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return atomicfile.WriteBytes(path, []byte(r.markdown()+"\n"+marker+below))
}

func (r *Results) markdown() string {
	var text strings.Builder
	title := "Speed"
	if r.Options.onGPU() {
		title = "Speed on a GPU"
	}
	fmt.Fprintf(&text, "# %s\n\n%s, `%s`\n\n", title, r.Date.Format(time.DateOnly), r.Command())
	for _, w := range r.Warnings() {
		fmt.Fprintf(&text, "> **Not to be quoted.** %s\n\n", w)
	}
	fmt.Fprintf(&text, "| | |\n| --- | --- |\n")
	lines := [][2]string{
		{"processor", fmt.Sprintf("%s, %d cores, %s, %.0f GB of memory", r.Machine.CPU, r.Machine.Cores, r.Machine.SIMD, r.Machine.Memory/1e9)},
		{"for each contender", fmt.Sprintf("the same %d cores, %d threads, one after the other", r.Options.Threads, r.Options.Threads)},
		{"images", fmt.Sprintf("%s, the first %s in each epoch", r.Options.Data.Title(), grouped(float64(r.Options.Images), 0))},
		{"rounds", fmt.Sprintf("%d; medians, and in parentheses the smallest and the largest", r.Options.Rounds)},
		{"aeprobe", fmt.Sprintf("%s, %s, libtorch %s, steps by %s", r.Options.Version, runtime.Version(), r.Libtorch, r.steps())},
		{"original, tuned", "bench/pytorch/original.py and tuned.py, PyTorch " + cmp.Or(r.PyTorch, "not there")},
		{"quiet?", fmt.Sprintf("load average %.2f before; meanwhile others took %.1f %% of the cores' time, a virtual machine's host %.1f %%",
			r.Machine.Load, 100*r.Disturbance.Others, 100*r.Disturbance.Stolen)},
	}
	if r.Options.onGPU() {
		lines = slices.Insert(lines, 0, [2]string{"GPU", r.Machine.gpu(r.Options.Device)})
	}
	for _, line := range lines {
		fmt.Fprintf(&text, "| %s | %s |\n", line[0], line[1])
	}
	if len(r.GEMM) > 0 {
		fmt.Fprintf(&text, "| float32 GEMM | %s GFLOP/s, a thread on each core |\n", Cell{Values: eachRound(len(r.GEMM), func(i int) float64 { return r.GEMM[i] / 1e9 })}.text(0))
	}
	text.WriteString("\n" + r.Table() + "\n")
	r.writeFlat(&text)
	r.writeCompared(&text)
	if r.Options.onGPU() {
		text.WriteString(howOnGPU)
	} else {
		text.WriteString(howItIsMeasured)
	}
	r.writeSeries(&text)
	return text.String()
}

// steps is how aeprobe takes a training step.
func (r *Results) steps() string {
	if r.Machine.Plans && !r.Options.onGPU() {
		return "plan"
	}
	return "autograd"
}

// howItIsMeasured explains the table.
const howItIsMeasured = `- Every contender is a program of its own, run as its user runs it; they take turns, round by round. Each says how
  long its epochs took, with their data and without tests. The first epoch of each run is not counted.
- original is the recipe as a PyTorch user writes it, with a DataLoader of two workers. tuned has the images resident,
  channels_last, a fused Adam, losses read once an epoch, and features encoded once; it was tried in each of the ways
  listed at the end, and the best of them is its number.
- Side by side: as many trainings at once as there are cores, with a share of the threads each; aeprobe gives a training
  by plan the threads of those that have ended. For the scripts the row has one after the other with all threads instead
  where that is faster.
- A frozen mode: aeprobe and tuned trained for 100 epochs. Times are for epochs of 50,000 images.
- The whole report: aeprobe's is from runs of its own definition, with a test in each epoch, checkpoints and figures;
  what an epoch costs in them, by when the last one ended, was drawn out to 100 epochs of 50,000 images. The scripts' is
  put together from their epochs and one test of each training, without starting the programs and without figures, and as
  if no core were ever idle side by side.
- An epoch over its steps: from the end of one epoch to that of the next, over the seconds of its steps. A checkpoint is
  saved at most once a second.
- Peak memory is that of a single process, with all images, for one epoch.

`

// Table is the comparison, as Markdown.
func (r *Results) Table() string {
	var text strings.Builder
	text.WriteString("| work | unit | aeprobe | original | tuned | original / aeprobe | tuned / aeprobe |\n" +
		"| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, row := range r.Rows {
		fmt.Fprintf(&text, "| %s | %s |", row.Work, row.Unit)
		for _, c := range contenders {
			cell := "not measured"
			if found, has := row.Cells[c]; has {
				cell = found.text(row.Digits)
			}
			if goal, has := row.Goals[c]; has && c == Aeprobe {
				cell += ", " + row.goal(goal)
			}
			fmt.Fprintf(&text, " %s |", cell)
		}
		for _, c := range []string{Original, Tuned} {
			fmt.Fprintf(&text, " %s |", row.compared(c))
		}
		text.WriteString("\n")
	}
	return text.String()
}

// goal is one of aeprobe's by itself.
func (r Row) goal(value float64) string {
	if r.LessIsBetter {
		return fmt.Sprintf("goal at most %g", value)
	}
	return fmt.Sprintf("goal %g", value)
}

// compared is the ratio to a contender, with the goal if there is one.
func (r Row) compared(contender string) string {
	ratio, goal := r.Ratio(contender), r.Goals[contender]
	switch {
	case r.Unit == "" || ratio == 0 && goal == 0: // a share is of the machine, and compared with nobody's
		return ""
	case ratio == 0:
		return fmt.Sprintf("goal %g", goal)
	case goal == 0:
		return fmt.Sprintf("%.2f", ratio)
	}
	return fmt.Sprintf("**%.2f**, goal %g", ratio, goal)
}

// text is the median, and the smallest and the largest value.
func (c Cell) text(digits int) string {
	text := grouped(median(c.Values), digits)
	if len(c.Values) > 1 {
		text += fmt.Sprintf(" (%s to %s)", grouped(slices.Min(c.Values), digits), grouped(slices.Max(c.Values), digits))
	}
	if c.How != "" {
		text += "; " + c.How
	}
	return text
}

func (r *Results) writeFlat(text *strings.Builder) {
	if r.Flat == nil {
		return
	}
	fmt.Fprintf(text, "Resident memory while training an auto-encoder: %.1f MB after %s steps, %.1f MB after %s, which is %+.1f MB (goal: within 4 MB).\n\n",
		r.Flat.Early/1e6, grouped(float64(r.Flat.EarlySteps), 0), r.Flat.Late/1e6, grouped(float64(r.Flat.LateSteps), 0), (r.Flat.Late-r.Flat.Early)/1e6)
}

// writeSeries lists every measurement.
func (r *Results) writeSeries(text *strings.Builder) {
	text.WriteString("Every measurement, in images/s:\n\n| work | contender | way | by round |\n| --- | --- | --- | --- |\n")
	for _, s := range r.Series {
		values := s.Note
		if values == "" {
			numbers := make([]string, len(s.Rates))
			for i, rate := range s.Rates {
				numbers[i] = grouped(rate, 0)
			}
			values = strings.Join(numbers, "; ")
		}
		fmt.Fprintf(text, "| %s | %s | %s | %s |\n", s.Workload, s.Contender, s.Way, strings.ReplaceAll(values, "|", "\\|"))
	}
}

// grouped is a number with commas between thousands.
func grouped(x float64, digits int) string {
	text := strconv.FormatFloat(x, 'f', digits, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return whole
}
