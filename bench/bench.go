// Package bench measures aeprobe's training against PyTorch's: the same work
// on the same images, in turns, on the same cores of one machine.
//
// Each contender is a separate program, run as its users run it: aeprobe run, and
// the scripts in bench/pytorch. Each reports how long its epochs took; the first
// epoch of a run is not counted.
package bench

import (
	"context"
	"errors"
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
	// Device is where aeprobe and the scripts train: cpu, or a GPU as cuda:0.
	Device string
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
	// Save receives the results so far after each kind of work, if it is not nil.
	Save func(*Results) error
	// Log receives one line per measurement.
	Log func(line string)
	// clock is time.Now, except in tests.
	clock func() time.Time
}

// processor is the Device without a GPU.
const processor = "cpu"

// onGPU reports whether o asks for a GPU.
func (o Options) onGPU() bool { return strings.HasPrefix(o.Device, "cuda") }

// workloads are those of o's device.
func (o Options) workloads() []workload {
	if o.onGPU() {
		return gpuWorkloads
	}
	return workloads
}

// Names are what can be measured by itself.
func (o Options) Names() []string {
	var names []string
	for _, w := range o.workloads() {
		names = append(names, w.name)
	}
	if o.onGPU() {
		return append(names, wholeReport, accuracies)
	}
	return append(names, wholeReport, wholeEpochs, peakMemory)
}

// bench is a benchmark being run.
type bench struct {
	Options
	dir     string   // for everything that is written on the way
	prefix  []string // of every command, to hold it to Threads cores
	results *Results
	// series of each workload, by its name.
	series map[string][]*Series
	// shortReport and longReport are the times of each round's reports of
	// shortEpochs and longEpochs.
	shortReport, longReport []reportTime
	// overSteps is how long each round's epochs took, over the steps in them.
	overSteps []float64
	// failures are what did not end the rest.
	failures []error
	// peaks are the contenders' largest resident memory, in bytes.
	peaks map[string]float64
}

// Run measures on as many cores as o.Threads says. Nothing else should run at the
// same time; Results say whether anything did. When ctx ends, Run returns its
// error. On a GPU what fails does not end the rest: Run returns both, results and
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
	if o.clock == nil {
		o.clock = time.Now
	}
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
	if o.onGPU() && b.wanted(accuracies) {
		if err := b.goOn(ctx, b.compareAccuracies(ctx), accuracies); err != nil {
			return nil, err
		}
	}
	all := o.workloads()
	for i, w := range all {
		if b.wanted(w.name) {
			if err := b.goOn(ctx, b.takeTurns(ctx, w), w.title); err != nil {
				return nil, err
			}
		}
		if b.wanted(wholeReport) {
			if err := b.goOn(ctx, b.measureReport(ctx, b.Rounds*(i+1)/len(all)), "whole report"); err != nil {
				return nil, err
			}
		}
		if err := b.saveSoFar(before); err != nil {
			return nil, err
		}
	}
	if !o.onGPU() && b.wanted(wholeEpochs) {
		if err := b.measureEpochs(ctx); err != nil {
			return nil, fmt.Errorf("whole epochs: %w", err)
		}
	}
	if !o.onGPU() && b.wanted(peakMemory) {
		if err := b.measurePeaks(ctx); err != nil {
			return nil, fmt.Errorf("peak memory: %w", err)
		}
	}
	if o.FlatSteps > 0 {
		if err := b.watchMemory(ctx); err != nil {
			return nil, fmt.Errorf("memory over %d steps: %w", o.FlatSteps, err)
		}
	}
	if err := b.summarize(before); err != nil {
		return nil, err
	}
	return b.results, errors.Join(b.failures...)
}

// goOn is err with what it was about; on a GPU, which may be here for minutes, it is kept
// for the end, and the rest is measured.
func (b *bench) goOn(ctx context.Context, err error, about string) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w", about, err)
	if !b.onGPU() || ctx.Err() != nil {
		return err
	}
	b.log("failed   %v", err)
	b.failures = append(b.failures, err)
	return nil
}

// saveSoFar hands over what has been measured, for whoever stops before the end.
func (b *bench) saveSoFar(before activity) error {
	if b.Save == nil {
		return nil
	}
	if err := b.summarize(before); err != nil {
		return err
	}
	return b.Save(b.results)
}

// summarize makes results of everything measured since before.
func (b *bench) summarize(before activity) error {
	after, err := readActivity()
	if err != nil {
		return err
	}
	b.results.Disturbance = after.since(before)
	if b.onGPU() {
		b.results.Rows = b.gpuRows()
	} else if b.results.Rows, err = b.rows(); err != nil {
		return err
	}
	b.results.Series = nil
	for _, w := range b.workloads() {
		b.results.Series = append(b.results.Series, b.series[w.name]...)
	}
	return nil
}

// Check validates o, except for Data.
func (o Options) Check() error {
	if o.onGPU() && o.FlatSteps > 0 {
		return fmt.Errorf("how memory grows can be measured on %s alone", processor)
	}
	if o.Rounds < 1 || o.Threads < 1 || o.FlatSteps < 0 {
		return fmt.Errorf("cannot measure %d rounds on %d cores and watch %d steps", o.Rounds, o.Threads, o.FlatSteps)
	}
	if all := reportData().Train; o.Images < minImages || o.Images > all {
		return fmt.Errorf("cannot measure epochs of %d images\nask for %d to %d", o.Images, minImages, all)
	}
	for _, name := range o.Only {
		if !slices.Contains(o.Names(), name) {
			return fmt.Errorf("there is nothing to measure on %s named %q\nuse some of %s", o.Device, name, strings.Join(o.Names(), ", "))
		}
	}
	return nil
}

// Needs is how much of a data set Data must hold: of a synthetic set, only what is
// measured.
func (o Options) Needs(set string) config.Data {
	if set == "synthetic" && (o.onGPU() || !o.wanted(peakMemory)) {
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
