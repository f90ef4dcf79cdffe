package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aeprobe/config"
	"aeprobe/experiments"
	capacity "aeprobe/internal/machine"
	"aeprobe/internal/sweep"
	"aeprobe/internal/torch"
	"aeprobe/internal/words"
	"aeprobe/vision"
)

func newSweepPlan() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "plan GRID.yaml",
		Short: "Expand a grid, check every definition, and fix what decides bits",
		Long: `Plan expands a grid into runs, checks every definition, estimates time, disk and
files, and writes a sweep's folder:

  base: report                      # a definition: built-in, or a file
  set: {train.epochs: 20}           # overrides for all runs
  sweep:                            # all combinations
    seed: 1..10                     # a range; 0..50..10 has steps
    model.pool: [avg, max]
  runs:                             # further runs
    - {seed: 1, model.pool: flatten}
  keep: results                     # or everything
  device: cpu                       # or auto, the default; cuda
  threads: 1                        # of a run
  autograd: false                   # true: as --autograd
  cpu_capability: avx2              # the least of a cluster, or this machine's
  data: /data/cifar-10-batches-bin  # default: where run would find it

The definition is copied, so later changes of its file don't reach the sweep. To
add values, change the grid and plan into the same folder: new runs are
appended, and none is renumbered or removed. Results only are kept by default: no
stored features, figures or pages, and no checkpoints of finished trainings; a
later aeprobe run on a run's folder adds the first three.

Plan reads the images and never downloads.`,
		Example: `  aeprobe sweep plan grid.yaml --out sweeps/pools`,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" {
				return &usageError{fmt.Errorf("--out is missing: name the sweep's folder")}
			}
			return runSweepPlan(c.Context(), args[0], out)
		},
	}
	c.Flags().StringVar(&out, "out", "", "the sweep's `folder`")
	return c
}

func runSweepPlan(ctx context.Context, file, out string) error {
	grid, err := sweep.ReadGrid(file)
	if err != nil {
		return err
	}
	p := &planner{ctx: ctx}
	plan, err := sweep.Make(grid, out, sweep.Planner{Fix: p.fix, Estimate: p.estimate})
	if err != nil {
		return err
	}
	return showPlan(plan)
}

// planner does what planning needs images and libtorch for.
type planner struct {
	ctx    context.Context
	data   *vision.Dataset // the whole set
	device torch.Device
	// rate is in FLOPs a second and thread, 0 if nothing is known.
	rate float64
}

func (p *planner) fix(base *config.Definition, f *sweep.Fixed) error {
	if err := p.fixMachine(f); err != nil {
		return err
	}
	set := f.Data.Set
	if f.Data.Path == synthetic {
		set = synthetic
	}
	if err := fixPath(base.Data, set, f); err != nil {
		return err
	}
	options := sweepImages(base.Data, f)
	options.Log = newLog()
	if set == synthetic {
		options.Train, options.Test = base.Data.Train, base.Data.Test
	}
	var err error
	if p.data, err = vision.Open(p.ctx, set, options); err != nil {
		return err
	}
	f.Data.Title = p.data.Title()
	if set != synthetic {
		f.Data.Fingerprint = p.data.Fingerprint
	}
	if !p.device.IsCPU() || f.Device != torch.CPU.String() {
		return nil
	}
	p.rate, err = experiments.MeasureRate(p.ctx, base, p.data, p.device, f.Autograd)
	if p.ctx.Err() != nil {
		return err
	}
	return nil // time is then not estimated, which is no reason not to plan
}

// fixPath fixes where the images are.
func fixPath(d config.Data, set string, f *sweep.Fixed) (err error) {
	switch {
	case set == synthetic:
		f.Data.Path = synthetic
	case d.Preparation.Path == "":
		f.Data.Path, err = vision.Where(set, vision.Options{Dir: f.Data.Path})
	case f.Data.Path == "":
		if f.Data.Path = d.Preparation.Path; !filepath.IsAbs(f.Data.Path) {
			err = fmt.Errorf("data.path: %s is relative, and tasks may begin elsewhere\nmake it absolute", f.Data.Path)
		}
	}
	return err
}

// sweepImages are the options that a sweep's whole set is opened with.
func sweepImages(d config.Data, f *sweep.Fixed) vision.Options {
	o := vision.Options{Offline: true, Prepare: d.Preparation}
	if f.Data.Path != synthetic {
		o.Dir = f.Data.Path
	}
	return o
}

// fixMachine fixes what runs are computed with.
func (p *planner) fixMachine(f *sweep.Fixed) error {
	p.device = torch.CPU
	switch f.Device {
	case "auto":
		device, err := torch.ParseDevice("auto")
		if err != nil {
			return err
		}
		p.device = device
		f.Device = "cpu"
		if !device.IsCPU() {
			f.Device = "cuda"
		}
	case "cpu", "cuda": // tasks check that there is one
	default:
		return &usageError{fmt.Errorf("device: %s: expected auto, cpu or cuda", f.Device)}
	}
	known := []string{"default", "avx2", "avx512"}
	if f.Capability == "" {
		f.Capability = strings.ToLower(torch.CPUCapability())
	}
	for _, k := range known {
		if f.Capability == k {
			f.Libtorch = torch.Version()
			return nil
		}
	}
	return &usageError{fmt.Errorf("cpu_capability: %s: expected %s", f.Capability, strings.Join(known, ", "))}
}

func (p *planner) estimate(d *config.Definition, f *sweep.Fixed) (sweep.PerRun, error) {
	data := *p.data
	train, test := d.Data.Sizes()
	data.Train, data.Test = data.Train.First(train), data.Test.First(test)
	e, err := experiments.EstimateRun(d, &data, experiments.Options{Device: p.device, Threads: f.Threads, Autograd: f.Autograd, ResultsOnly: f.Keep == keepResults})
	if err != nil {
		return sweep.PerRun{}, err
	}
	per := sweep.PerRun{Disk: capacity.WholeBytes(e.Disk), Memory: capacity.WholeBytes(e.Memory), Files: e.Files}
	if p.rate > 0 {
		per.Seconds = math.Ceil(e.FLOPs / p.rate / float64(f.Threads))
	}
	return per, nil
}

// showPlan prints what was planned and what it will take.
func showPlan(p *sweep.Plan) error {
	n := len(p.Runs)
	fmt.Fprintf(stdout, "%s in %s: %d new\n", words.Count(n, "run"), p.Dir, p.Added)
	if p.Dropped > 0 {
		fmt.Fprintf(stdout, "%s planned before and not in this grid: they stay\n", words.Count(p.Dropped, "run"))
	}
	each, disk := p.PerRun, p.PerRun.Disk*int64(n)
	fmt.Fprintf(stdout, "each    at most about %s in %d files, %s of memory%s\n", words.Bytes(each.Disk), each.Files, words.Bytes(each.Memory), trainingTime(each.Seconds))
	fmt.Fprintf(stdout, "all     at most about %s in %d files%s\n", words.Bytes(disk), each.Files*n, trainingTime(each.Seconds*float64(n)))
	fmt.Fprintf(stdout, "fixed   %s, %s, %s, libtorch %s, %s in %s\n", p.Device, words.Count(p.Threads, "thread"), p.Capability, p.Libtorch, p.Data.Title, p.Data.Path)
	if free, err := capacity.FreeDisk(p.Dir); err == nil && disk > free {
		fmt.Fprintf(os.Stderr, "aeprobe: warning: %s are free: make room, or plan fewer runs\n", words.Bytes(free))
	}
	_, err := fmt.Fprintf(stdout, "next    aeprobe sweep run %s, or aeprobe sweep submit %[1]s --engine slurm\n", p.Dir)
	return err
}

// trainingTime is an estimate in words.
func trainingTime(seconds float64) string {
	if seconds == 0 {
		return "; time is not estimated"
	}
	return ", " + roughly(seconds) + " of training steps at this machine's speed"
}

// roughly is a time that is only estimated.
func roughly(seconds float64) string {
	switch {
	case seconds < 100:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 100*60:
		return fmt.Sprintf("%.0f min", seconds/60)
	case seconds < 100*3600:
		return fmt.Sprintf("%.0f h", seconds/3600)
	}
	return fmt.Sprintf("%.0f days", time.Duration(seconds*float64(time.Second)).Hours()/24)
}
