// Package bench measures aeprobe's training against PyTorch's: the same work
// on the same images, in turns, on the same cores of one machine.
//
// Each contender is a separate program, run as its users run it: aeprobe run, and
// the scripts in bench/pytorch. Each reports how long its epochs took; the first
// epoch of a run is not counted.
package bench

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// The contenders.
const (
	Aeprobe  = "aeprobe"
	Original = "original" // bench/pytorch/original.py
	Tuned    = "tuned"    // bench/pytorch/tuned.py
)

// Options choose what to measure, and how thoroughly.
type Options struct {
	// Program is aeprobe's own executable.
	Program string
	// Python is an interpreter whose PyTorch has this program's libtorch
	// version. If empty, aeprobe is measured alone.
	Python string
	// Data are the images. All contenders get the same.
	Data *vision.Dataset
	// Images is how many an epoch visits, the first of the training images.
	Images int
	// Rounds is the number of turns each contender takes.
	Rounds int
	// Threads is the number of cores, and of compute threads, that each
	// contender gets.
	Threads int
	// Only names what to measure, as Names lists it; empty means everything.
	Only []string
	// FlatSteps is the number of training steps over which to watch resident
	// memory; 0 skips that.
	FlatSteps int
	// Version is this program's.
	Version string
	// Log receives one line per measurement.
	Log func(line string)
}

// Names are what can be measured by itself.
func Names() []string {
	var names []string
	for _, w := range workloads {
		names = append(names, w.name)
	}
	return append(names, wholeReport, peakMemory)
}

// bench is a benchmark being run.
type bench struct {
	Options
	dir     string   // for everything that is written on the way
	prefix  []string // of every command, to hold it to Threads cores
	results *Results
	// series of each workload, by its name.
	series map[string][]*Series
	// shortReport and longReport are the seconds of each round's reports of
	// shortEpochs and longEpochs.
	shortReport, longReport []float64
	// peaks are the contenders' largest resident memory, in bytes.
	peaks map[string]float64
}

// Run measures on as many cores as o.Threads says. Nothing else should run at the
// same time; Results say whether anything did. When ctx ends, Run returns its
// error.
func Run(ctx context.Context, o Options) (*Results, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "aeprobe-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b := &bench{Options: o, dir: dir, series: map[string][]*Series{}, peaks: map[string]float64{}}
	b.results = &Results{Date: time.Now(), Options: o, Libtorch: torch.Version(), Machine: readMachine()}
	if b.prefix, err = confine(o.Threads); err != nil {
		return nil, err
	}
	if err := b.writeData(); err != nil {
		return nil, err
	}
	if err := b.writeScripts(); err != nil {
		return nil, err
	}
	if o.Python != "" {
		if err := b.checkPeer(ctx); err != nil {
			return nil, err
		}
	}
	before, err := readActivity()
	if err != nil {
		return nil, err
	}
	for i, w := range workloads {
		if b.wanted(w.name) {
			if err := b.takeTurns(ctx, w); err != nil {
				return nil, fmt.Errorf("%s: %w", w.title, err)
			}
		}
		if b.wanted(wholeReport) {
			if err := b.measureReport(ctx, b.Rounds*(i+1)/len(workloads)); err != nil {
				return nil, fmt.Errorf("whole report: %w", err)
			}
		}
	}
	if b.wanted(peakMemory) {
		if err := b.measurePeaks(ctx); err != nil {
			return nil, fmt.Errorf("peak memory: %w", err)
		}
	}
	if o.FlatSteps > 0 {
		if err := b.watchMemory(ctx); err != nil {
			return nil, fmt.Errorf("memory over %d steps: %w", o.FlatSteps, err)
		}
	}
	after, err := readActivity()
	if err != nil {
		return nil, err
	}
	b.results.Disturbance = after.since(before)
	if b.results.Rows, err = b.rows(); err != nil {
		return nil, err
	}
	for _, w := range workloads {
		b.results.Series = append(b.results.Series, b.series[w.name]...)
	}
	return b.results, nil
}

// Check validates o, except for Data.
func (o Options) Check() error {
	if o.Rounds < 1 || o.Threads < 1 || o.FlatSteps < 0 {
		return fmt.Errorf("cannot measure %d rounds on %d cores and watch %d steps", o.Rounds, o.Threads, o.FlatSteps)
	}
	if all := reportData().Train; o.Images < minImages || o.Images > all {
		return fmt.Errorf("cannot measure epochs of %d images\nask for %d to %d", o.Images, minImages, all)
	}
	for _, name := range o.Only {
		if !slices.Contains(Names(), name) {
			return fmt.Errorf("there is nothing to measure named %q\nuse some of %s", name, strings.Join(Names(), ", "))
		}
	}
	return nil
}

// Needs is how much of a data set Data must hold: of a synthetic set, only what is
// measured.
func (o Options) Needs(set string) config.Data {
	if set == "synthetic" && !o.wanted(peakMemory) {
		return config.Data{Set: set, Train: o.Images, Test: o.testImages()}
	}
	return config.Data{Set: set}
}

// testImages is the number of test images: the same share of them as Images is of
// the training images, but enough for every protocol.
func (o Options) testImages() int {
	all := reportData()
	return max(500, all.Test*o.Images/all.Train)
}

// reportData is the data set of the report.
func reportData() config.Set {
	set, _ := config.FindSet("cifar10")
	return set
}

// minImages is a step of the largest batch.
const minImages = 128

func (o Options) wanted(name string) bool { return len(o.Only) == 0 || slices.Contains(o.Only, name) }

func (b *bench) log(format string, args ...any) { b.Log(fmt.Sprintf(format, args...)) }
