package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aeprobe/config"
	"aeprobe/experiments"
	"aeprobe/internal/forecast"
	"aeprobe/internal/metrics"
	"aeprobe/internal/torch"
)

type runOptions struct {
	out, only  string
	keep       string
	share      string
	set        []string
	json       bool
	allowMixed bool
	autograd   bool
	noGraphs   bool
	dryRun     bool
	machine
}

func newRun() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run DEFINITION.yaml|NAME",
		Short: "Bring a report up to date: train, test, tabulate, draw",
		Long: `Run brings a run directory up to date with a definition. It keeps what is up to
date, resumes what was interrupted, and redoes what depends on a changed field.

The definition is a YAML file, or the name of a built-in one (see aeprobe
definitions). Where and how it runs does not change what its numbers mean, so
those are flags; everything else belongs in the definition.

Run first estimates how much disk, memory and time it needs. It warns if disk or
memory may run out, and refuses to start if the disk is certain to fill up. The
time is that of like stages on this machine (their speeds are kept in the cache),
or an estimate that says it is one. --dry-run prints what would run, why, and what
it takes, for each stage, and changes nothing.

Stages are named after their folders in the run directory: autoencoders/bce,
classifiers/pretrained, seeds/88/autoencoders/bce, study/bce-avg/logistic,
features, figures.

If CIFAR-10 is neither found nor downloaded, a new run uses synthetic images and
says so everywhere. A run that was made from CIFAR-10 is then left alone, with
an error. --data synthetic asks for synthetic images.

On a CPU with AVX2, trainings of layers that it knows go by plan: each step is one
call, whose bits depend on nothing but the definition and the data. Others, and
all with --autograd, go by libtorch's autograd, whose bits also depend on the
number of threads per training. result.json says which it was.

A training goes on the way it began. Tests' bits depend on the processor's vector
instructions, the device and libtorch. A checkpoint that was computed differently
is refused, unless --allow-mixed is given. ATEN_CPU_CAPABILITY (default, avx2 or
avx512) pins the instructions on mixed machines.

Signals
  SIGINT (Ctrl-C), SIGTERM, SIGHUP and SIGUSR1 make run save a checkpoint of each
  training and stop within 5 seconds. It exits with 130 after Ctrl-C and with
  143 after the others. To resume, run the same command again: a job script may
  requeue the job on 143.
  Further signals are ignored, because schedulers and wrappers often send more
  than one. Only a second Ctrl-C after at least a second, or a third one, ends
  the program at once, as does SIGKILL: it then resumes from the checkpoint
  before. With nohup, SIGHUP has no effect.`,
		Example: `  aeprobe run quick
  aeprobe run report --dry-run
  aeprobe run report --device cuda
  aeprobe run report --out runs/seed-1 --set seed=1
  aeprobe run mine.yaml --set train.epochs=20 --only autoencoders/bce`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return runRun(c.Context(), o, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "", "run `directory` (default runs/NAME)")
	f.StringArrayVar(&o.set, "set", nil, "override a field of the definition, `key.path=value`; may be repeated")
	f.StringVar(&o.only, "only", "", "bring only this `stage` and those it needs up to date")
	f.StringVar(&o.keep, "keep", keepEverything, "`what` stays: everything, or results (no stored features, figures, page, or checkpoints of finished trainings)")
	f.StringVar(&o.share, "share", "", "`folder` to share finished trainings, features and measures in with other runs on the same kind of machine")
	f.BoolVar(&o.allowMixed, "allow-mixed", false, "resume trainings that were computed on another kind of machine, and mark them as mixed")
	f.BoolVar(&o.autograd, "autograd", false, "train by libtorch's autograd alone: slower, and other last digits")
	f.BoolVar(&o.noGraphs, "no-graphs", false, "launch each kernel of a GPU by itself, not a whole step as a CUDA graph; the bits should be the same")
	f.BoolVar(&o.dryRun, "dry-run", false, "only print what would run, and what that takes")
	f.BoolVar(&o.json, "json", false, "print only events, one JSON object per line")
	o.machine.addFlags(f)
	return c
}

// What stays of a run, as --keep says it.
const (
	keepEverything = "everything"
	keepResults    = "results"
)

func runRun(ctx context.Context, o runOptions, name string) error {
	if o.keep != keepEverything && o.keep != keepResults {
		return &usageError{fmt.Errorf("--keep %s: expected %s or %s", o.keep, keepEverything, keepResults)}
	}
	resolved, err := resolve(name, o.set, folderOf(o.data))
	if err != nil {
		return err
	}
	definition := resolved.Definition
	device, err := o.open()
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = filepath.Join("runs", definition.Name)
	}
	options := experiments.Options{Dir: o.out, Only: o.only, Device: device, Threads: o.threads,
		AllowMixed: o.allowMixed, Autograd: o.autograd, NoGraphs: o.noGraphs, ResultsOnly: o.keep == keepResults, Shared: o.share, Speeds: speeds()}
	if o.dryRun {
		return resolved.Locate(foresee(ctx, o, definition, options))
	}
	decide, repeatWarning := inNewRun(o.out)
	err = resolved.Locate(bringUpToDate(ctx, o, definition, options, decide))
	defer repeatWarning()
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(os.Stderr, "aeprobe: %v; finished work is kept in %s\nto resume, run the same command again:\n  %s\n",
			context.Cause(ctx), o.out, commandLine(os.Args))
	}
	if err != nil || o.json {
		return err
	}
	if o.only != "" {
		fmt.Fprintf(stdout, "\n%s is in %s\n", o.only, filepath.Join(o.out, o.only))
		return nil
	}
	fmt.Fprintln(stdout)
	return showReport(stdout, o.out)
}

// resolve loads a definition with what the user has set for it, and says what that is:
// nothing changes numbers in silence.
func resolve(name string, sets []string, folder string) (*config.Resolved, error) {
	o, err := overrides(sets)
	if err != nil {
		return nil, err
	}
	o.Folder = folder
	r, err := config.Resolve(name, o)
	if err != nil {
		return nil, err
	}
	for _, set := range r.FromUser(userFilePath()) {
		fmt.Fprintln(os.Stderr, "aeprobe: note:", set)
	}
	return r, nil
}

func bringUpToDate(ctx context.Context, o runOptions, definition *config.Definition, options experiments.Options, decide substitute) error {
	data, err := openAll(ctx, definition, o.data, decide)
	if err == nil {
		err = checkLeaks(ctx, definition, data, newLog())
	}
	if err != nil {
		return err
	}
	started := 0
	progress := newProgress(ctx, o.json)
	options.Events = func(e metrics.Event) {
		if e.Kind == metrics.StageStarted {
			started++
		}
		progress.show(e)
	}
	err = experiments.Run(ctx, definition, data, options)
	progress.close()
	if err == nil && started == 0 && !o.json {
		fmt.Fprintln(stdout, "There was nothing to do: everything is up to date.")
	}
	return err
}

// speeds are how long stages took on this machine, kept in the user's cache; nil if
// there is none.
func speeds() *forecast.Book {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	return forecast.Open(filepath.Join(cache, "aeprobe", "speeds.json"))
}

// machine selects the device, the cores and the images of a command.
type machine struct {
	device, data string
	threads      int
}

func (m *machine) addFlags(f *pflag.FlagSet) {
	f.StringVar(&m.device, "device", "auto", "where to compute: auto (a GPU if there is one), cpu, cuda or cuda:N")
	f.StringVar(&m.data, "data", "", dataUsage)
	f.IntVar(&m.threads, "threads", usableCores(), "number of processor `cores` to use")
	f.Lookup("threads").DefValue = "all"
}

// open checks the flags and finds the device.
func (m *machine) open() (torch.Device, error) {
	if m.threads < 1 {
		return torch.CPU, &usageError{fmt.Errorf("--threads %d: expected 1 or more", m.threads)}
	}
	if err := torch.CheckCPUCapability(); err != nil {
		return torch.CPU, &usageError{err}
	}
	device, err := torch.ParseDevice(m.device)
	if err != nil {
		return torch.CPU, &usageError{err}
	}
	return device, nil
}
